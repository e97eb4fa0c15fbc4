// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// New content for a file that replaces the old content as a whole. A reader, or a crash, finds one or the other.
/// Others that want to replace the file wait until this object is gone.
///
/// The file keeps its mode and its owner. A symbolic link stays, and the file that it leads to is replaced.
final class FileReplacement {
    private let path: String
    private let folder: String
    private let folderDescriptor: Int32

    /// - Throws: `OutputFailure` if the file cannot be made.
    init(of path: String) throws {
        self.path = try Self.resolved(path)
        folder = Self.folder(of: self.path)
        try Self.makeFolders(folder)
        folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw Self.failure(folder) }
        // The lock is on the folder: a lock file would be left behind, perhaps owned by root, and the file itself is
        // replaced. Some network file systems have no such lock, and two edits at once are too rare to forbid all edits
        // for that.
        while flock(folderDescriptor, LOCK_EX) < 0, errno == EINTR {}
    }

    deinit {
        close(folderDescriptor)
    }

    /// - Throws: `OutputFailure`.
    func write(_ bytes: [UInt8]) throws {
        var status = stat()
        let isThere = stat(path, &status) == 0
        guard isThere || errno == ENOENT else { throw Self.failure(path) }
        guard !isThere || status.st_mode & S_IFMT == S_IFREG else {
            throw OutputFailure(reason: "it is not a file", place: path)
        }
        var template = Array((path + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Self.failure(folder) }
        var isRenamed = false
        defer {
            close(descriptor)
            if !isRenamed { unlink(template) }
        }
        // mkstemp makes it for this user alone, and a new inventory stays so.
        if isThere, fchmod(descriptor, status.st_mode & 0o7777) < 0 { throw Self.failure(path) }
        if geteuid() == 0 {
            var owner = status
            if isThere || fstat(folderDescriptor, &owner) == 0 { _ = fchown(descriptor, owner.st_uid, owner.st_gid) }
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(template, path) == 0 else { throw Self.failure(path) }
        isRenamed = true
        _ = fsync(folderDescriptor)
    }

    /// The path of the file without any symbolic link.
    private static func resolved(_ path: String) throws -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        guard errno == ENOENT else { throw failure(path) }
        var status = stat()
        // If a link leads nowhere, the file would replace it.
        guard lstat(path, &status) < 0 else {
            throw OutputFailure(reason: "it is a link to a file that is not there", place: path)
        }
        return path
    }

    private static func folder(of path: String) -> String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// Makes the missing parents too.
    private static func makeFolders(_ folder: String) throws {
        guard mkdir(folder, 0o700) < 0, errno != EEXIST else { return }
        guard errno == ENOENT, folder != "/" else { throw failure(folder) }
        try makeFolders(Self.folder(of: folder))
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> OutputFailure {
        OutputFailure(reason: String(cString: strerror(errno)), place: path)
    }
}
