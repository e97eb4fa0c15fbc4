// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import Shared

/// New content for a file that replaces the old content as a whole. A reader, or a crash, finds one or the other.
/// Others that want to replace the file wait until this object is gone.
///
/// The file keeps its mode and its owner. What root makes belongs to the owner of the folder around it. A symbolic link
/// stays, and the file that it leads to is replaced.
final class FileReplacement {
    private let path: String
    private let folder: String
    private let folderDescriptor: Int32

    /// - Parameter patience: how long others may keep the file from being replaced.
    /// - Throws: `OutputFailure` if the file cannot be made.
    init(of path: String, patience: Duration = .seconds(5)) throws {
        self.path = try Self.resolved(path)
        folder = Self.folder(of: self.path)
        try Self.makeFolders(folder)
        folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw Self.failure(folder) }
        // The lock is on the folder: a lock file would be left behind, perhaps owned by root, and the file itself is
        // replaced. Some network file systems have no such lock, and two edits at once are too rare to forbid all edits
        // for that. A user who may read the folder can lock it forever, so the wait ends.
        guard FolderLock.take(folderDescriptor, patience: patience) else {
            let holder = FolderLock.holder(of: folderDescriptor) ?? "another process"
            let time = patience.text
            throw OutputFailure(
                reason: "\(holder) has locked \(folder), and still had after \(time); try again when it is done",
                place: self.path)
        }
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
        guard WholeWrite.put(bytes, into: descriptor), fsync(descriptor) == 0, rename(template, path) == 0 else {
            throw Self.failure(path)
        }
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
        if mkdir(folder, 0o700) == 0 { return adopt(folder) }
        if errno == EEXIST { return }
        guard errno == ENOENT, folder != "/" else { throw failure(folder) }
        try makeFolders(Self.folder(of: folder))
        if mkdir(folder, 0o700) == 0 { return adopt(folder) }
        guard errno == EEXIST else { throw failure(folder) }
    }

    /// If root makes a folder in a user's home, the user must be able to use it.
    private static func adopt(_ path: String) {
        guard geteuid() == 0 else { return }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Through the descriptor: the name may lead elsewhere by now, if the folder around it is another user's.
        let parent = openat(descriptor, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { return }
        defer { close(parent) }
        var status = stat()
        if fstat(parent, &status) == 0 { _ = fchown(descriptor, status.st_uid, status.st_gid) }
    }

    private static func failure(_ path: String) -> OutputFailure {
        OutputFailure(reason: String(cString: strerror(errno)), place: path)
    }
}
