// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc

/// Data on the running program itself.
package enum ThisProcess {
    /// The path of its file (proc_pid_exe(5)); nil if /proc is not there.
    package static var executable: String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            let count = readlink("/proc/self/exe", buffer.baseAddress!, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    package static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }

    /// The number of its group.
    package static var group: UInt32 { getegid() }

    /// Cores that the process may run on (sched_getaffinity(2)), at least one.
    package static var availableCores: Int {
        max(1, Int(clinux_available_cores()))
    }

    /// Descriptors that the process may have open at once (getrlimit(2), RLIMIT_NOFILE).
    package static var descriptorLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// Ends the process at once, from any thread, with its output written.
    package static func end(code: Int32) -> Never {
        clinux_end_process(code)
    }
}
