// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc

/// A file of the data directory that is for its owner alone.
struct PrivateFile: Sendable {
    let path: String

    /// More tokens than anybody has. What is longer is no file of this program.
    private static let limit = 16 << 20

    /// What tells one version of a file from another. Every version is a file of its own, see ``write(_:)``.
    struct Stamp: Hashable, Sendable {
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// Nil where there is no such file.
    var stamp: Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            inode: status.st_ino, size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    /// True where others than the owner may read it.
    var isOpenToOthers: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    /// Nil where there is no such file.
    /// - Throws: `StartupError` where there is one that cannot be read.
    func read() throws(StartupError) -> Data? {
        do {
            return try Data(FileContent.read(path, limit: Self.limit))
        } catch {
            if error.code == ENOENT { return nil }
            throw StartupError(.configuration, "cannot read \(path): \(error)")
        }
    }

    /// Whole or not at all: the name changes to the new content only when that is on the disk.
    func write(_ content: some Sequence<UInt8>) throws(StartupError) {
        let draft = path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let saved =
            descriptor >= 0 && Self.put(Array(content), into: descriptor) && fsync(descriptor) == 0
            && rename(draft, path) == 0
        let problem = SystemProblem()
        if descriptor >= 0 { close(descriptor) }
        guard saved else {
            unlink(draft)
            throw StartupError(.unavailable, "cannot write \(path): \(problem)")
        }
    }

    /// A disk that is nearly full takes a part; the next write says why.
    private static func put(_ bytes: [UInt8], into descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
