// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Holds a data directory for one agent: flock(2) on a file that names the holder.
///
/// The kernel lets go of it when the agent ends, however it ends.
final class DirectoryLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// - Throws: `StartupError` (69) where another agent has it, naming its pid.
    init(path: String) throws(StartupError) {
        self.path = path
        while true {
            // Close-on-exec: a worker that inherits the descriptor would go on holding the lock.
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else {
                throw StartupError(.unavailable, "cannot open \(path): \(String(cString: strerror(errno)))")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                let holder = Self.holder(descriptor)
                close(descriptor)
                guard code == EWOULDBLOCK else {
                    throw StartupError(.unavailable, "cannot lock \(path): \(String(cString: strerror(code)))")
                }
                throw StartupError(
                    .unavailable,
                    "the data directory is taken by another cluster-agent (pid \(holder)): \(path); "
                        + "stop it or give another --data-dir")
            }
            let text = "\(getpid())\n"
            ftruncate(descriptor, 0)
            _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
            // The holder before us removes the file when it ends. If it did so between our open and our flock,
            // we hold a file that nobody else finds under this name.
            if Self.isNamed(path, getpid()) {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    /// Removes the file first, while nobody else can hold it.
    deinit {
        unlink(path)
        close(descriptor)
    }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }

    /// The file that has the name now is the one that this process has written to.
    private static func isNamed(_ path: String, _ pid: pid_t) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return holder(descriptor) == "\(pid)"
    }
}
