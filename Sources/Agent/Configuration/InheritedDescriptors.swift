// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The descriptors that the agent was started with. Workers may get these by their numbers, and no others, because the
/// API's sockets and the workers' channels have numbers too.
enum InheritedDescriptors {
    /// `main` reads it before anything is opened.
    static let atStart = find()

    private static let standard: Set<Int32> = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO]

    private static func find() -> Set<Int32> {
        var found = standard
        guard let directory = opendir("/proc/self/fd") else { return found }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            guard let number = Int32(name) else { continue }
            // A descriptor with close-on-exec cannot have come through execve(2). The runtime has opened it since.
            let flags = fcntl(number, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { found.insert(number) }
        }
        return found
    }
}
