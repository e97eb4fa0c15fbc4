// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import History
import Shared

/// A file of the data directory that only its owner may read.
struct PrivateFile: Sendable {
    let path: String

    /// The largest size of such a file.
    static let maxBytes = 4 << 20

    /// Tells one version of a file from another. ``write(_:)`` makes a new file each time. The time of the last change
    /// also shows a new owner or mode.
    struct Stamp: Hashable, Sendable {
        let device: UInt
        let inode: UInt
        let size: Int
        let modified: Moment
        let changed: Moment

        struct Moment: Hashable, Sendable {
            let seconds: Int
            let nanoseconds: Int
        }
    }

    /// Nil if there is no such file.
    var stamp: Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Stamp(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            modified: Stamp.Moment(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec),
            changed: Stamp.Moment(seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec))
    }

    /// True if others than the owner may read or change it.
    var isOpenToOthers: Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    /// Nil if there is no such file.
    /// - Throws: `StartupError` if it cannot be read, is not a regular file, or is too large.
    func read() throws(StartupError) -> Data? {
        let descriptor = open(path, O_RDONLY | DataFile.flags(for: path))
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StartupError(.configuration, "cannot read \(path)", SystemProblem())
        }
        defer { close(descriptor) }
        guard DataFile.isRegular(descriptor) else { throw unreadable("it is not a regular file") }
        var content = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable("\(SystemProblem())") }
            guard count > 0 else { return content }
            content.append(contentsOf: buffer[..<count])
            guard content.count <= Self.maxBytes else { throw unreadable("it is larger than 4 MiB") }
        }
    }

    private func unreadable(_ why: String) -> StartupError {
        StartupError(.configuration, "cannot read \(path): \(why)")
    }

    /// Replaces the file as a whole or not at all: the name changes to the new content only once that is on disk. The
    /// file belongs to the owner of the directory, even if root writes it. A symbolic link stays, and the file that it
    /// leads to is replaced.
    func write(_ content: some Sequence<UInt8>) throws(StartupError) {
        let target = try resolved()
        let draft = target.path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var isSaved = false
        if descriptor >= 0 {
            DataFile.adopt(descriptor, at: draft)
            isSaved =
                WholeWrite.put(Array(content), into: descriptor) && fsync(descriptor) == 0
                && rename(draft, target.path) == 0
        }
        let problem = SystemProblem()
        if descriptor >= 0 { close(descriptor) }
        guard isSaved else {
            unlink(draft)
            throw StartupError(.unavailable, "cannot write \(path): \(problem)")
        }
        target.syncDirectory()
    }

    /// The file that a symbolic link leads to, or the file itself: a new version replaces the file, not the link.
    /// - Throws: `StartupError` if it is a link that may not be followed, or leads to no file.
    func resolved() throws(StartupError) -> PrivateFile {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return self }
        guard DataFile.flags(for: path) & O_NOFOLLOW == 0 else { throw unreadable("\(SystemProblem(ELOOP))") }
        guard let real = realpath(path, nil) else {
            throw StartupError(
                .configuration, "\(path) is a link to a file that is not there; make the file, or remove the link")
        }
        defer { free(real) }
        return PrivateFile(path: String(cString: real))
    }

    /// Makes the new name survive a loss of power. If this fails, the file has its new name all the same.
    private func syncDirectory() {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }
}
