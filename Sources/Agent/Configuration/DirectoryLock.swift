// SPDX-License-Identifier: Apache-2.0

import Glibc
import History

/// Holds a data directory for one agent, by flock(2) on a file that names the holder.
///
/// The kernel releases the lock when the agent ends, however it ends.
final class DirectoryLock: Sendable {
    private let path: String
    private let descriptor: Int32

    /// How often another agent may remove the file before we have locked it. It does so once, when it ends.
    private static let attempts = 100

    /// - Throws: `StartupError` (69) if another agent holds it, with its pid, or if the file cannot be made.
    init(path: String) throws(StartupError) {
        self.path = path
        for _ in 0..<Self.attempts {
            // Close-on-exec, because a worker that inherits the descriptor would keep the lock.
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else {
                throw StartupError(.unavailable, "cannot make the lock \(path): \(SystemProblem())")
            }
            // If root makes the lock, it must not keep the directory's owner out later.
            DataFile.adopt(descriptor, at: path)
            do {
                try Self.lock(descriptor, path)
            } catch {
                close(descriptor)
                throw error
            }
            // The earlier holder removes the file when it ends. If it did so between our open and our flock, we hold a
            // file that nobody else finds under this name.
            if Self.isNamed(path, descriptor) {
                self.descriptor = descriptor
                Self.sign(descriptor)
                return
            }
            close(descriptor)
        }
        throw StartupError(
            .unavailable, "cannot keep the lock \(path): something removes it again and again; stop what does so")
    }

    /// Removes the file first, while nobody else can hold it.
    deinit {
        removeFile()
        close(descriptor)
    }

    private static func lock(_ descriptor: Int32, _ path: String) throws(StartupError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return }
        guard errno == EWOULDBLOCK else {
            throw StartupError(.unavailable, "cannot lock \(path): \(SystemProblem())")
        }
        throw StartupError(
            .unavailable,
            "the data directory is taken by another cluster-agent (pid \(holder(descriptor))): \(path); "
                + "stop it or give another --data-dir")
    }

    /// Writes our pid for people. A full disk may have no room for it, but the lock holds all the same.
    private static func sign(_ descriptor: Int32) {
        let text = "\(getpid())\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    /// Removes the file if it still has its name. If somebody has removed it, another agent may hold the directory by a
    /// file of its own.
    func removeFile() {
        if isInPlace { unlink(path) }
    }

    /// Whether the file still has its name. If it has not, another agent may hold the directory by a file of its own.
    var isInPlace: Bool { Self.isNamed(path, descriptor) }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }

    /// Whether the name still leads to the open file.
    private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
        FileNode(of: path).map { $0 == FileNode(open: descriptor) } ?? false
    }
}
