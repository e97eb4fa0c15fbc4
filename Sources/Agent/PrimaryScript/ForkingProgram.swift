// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Whether a program has a primary half that forks its workers itself.
enum ForkingProgram {
    /// How much of the program is read.
    private static let maxBytes = 1 << 18

    /// - Parameter path: of the program, which need not be there.
    static func isOne(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        let text = String(unsafeUninitializedCapacity: maxBytes) { buffer in
            max(0, read(descriptor, buffer.baseAddress, maxBytes))
        }
        return text.contains("cluster.fork(")
    }
}
