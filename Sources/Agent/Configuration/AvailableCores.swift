// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// The cores that this process may run on.
enum AvailableCores {
    /// The size of the affinity mask, at least 1. A container or taskset(1) may have made it smaller than the machine.
    static var count: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return allowed(in: status) ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Reads the mask from a process's status (proc_pid_status(5)), because sched_getaffinity(2) is not imported into
    /// Swift. Nil if it is missing or empty.
    static func allowed(in status: String) -> Int? {
        let key = "Cpus_allowed:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else { return nil }
        let cores = line.dropFirst(key.count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
        return cores > 0 ? cores : nil
    }
}
