// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Which file a name stood for at one moment. It is not mistaken for another one while something keeps the file open.
package struct FileIdentity: Hashable, Sendable {
    private let device: dev_t
    private let inode: ino_t

    /// The file at this path, without following a link. Nil if the file does not exist or cannot be seen.
    package init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The file that is open here.
    init?(open descriptor: borrowing OwnedFD) {
        var status = stat()
        guard fstat(descriptor.number, &status) == 0 else { return nil }
        self.init(status)
    }

    /// SIOCUNIXFILE (linux/un.h), which Glibc's module does not have.
    private static let unixFile: UInt = 0x89E0

    /// The file that bind(2) has made for `socket` at `path`.
    ///
    /// The path may lead to another file by now, if another program may write in one of its directories. So the socket
    /// is asked. The kernel answers only with CAP_NET_ADMIN. Otherwise the path is used, and only a socket counts that
    /// belongs to this process's user and has one name: nobody else can make such a file or link it there.
    init?(boundBy socket: borrowing OwnedFD, at path: String) {
        let number = ioctl(socket.number, Self.unixFile)
        if number >= 0 {
            self.init(open: OwnedFD(number))
        } else {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK, status.st_uid == geteuid(),
                status.st_nlink == 1
            else { return nil }
            self.init(status)
        }
    }

    private init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }

    /// Removes the name if it still stands for this file: another program may have put its own file there.
    ///
    /// The directory is held open, so that nobody can put another one in its place between the check and the removal.
    ///
    /// - Returns: whether the name is gone by this call.
    @discardableResult
    package func remove(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last.map(String.init), !name.isEmpty else { return false }
        let directory = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        // O_PATH: it may be a directory that this process may change and not read.
        let number = Glibc.open(directory, UnixSocketFile.pathOnly | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return false }
        let held = OwnedFD(number)
        var status = stat()
        guard fstatat(held.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0, FileIdentity(status) == self else {
            return false
        }
        return unlinkat(held.number, name, 0) == 0
    }
}
