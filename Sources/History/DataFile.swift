// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Files of a data directory. They belong to its owner, also if root makes them.
package enum DataFile {
    /// Gives a file that this process has just made to the owner of its directory. A command that root ran in another
    /// user's data directory must not lock that user's agent out.
    package static func adopt(_ descriptor: Int32, at path: String) {
        guard let owner = foreignOwner(of: path) else { return }
        var status = stat()
        // If another user's file has a second link here, it must not be given away.
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR || status.st_nlink == 1 else {
            return
        }
        _ = fchown(descriptor, owner.uid, owner.gid)
    }

    /// Of the directory in which the file stands, if this process is root and the directory is not.
    private static func foreignOwner(of path: String) -> (uid: uid_t, gid: gid_t)? {
        guard geteuid() == 0 else { return nil }
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        var status = stat()
        guard stat(String(directory), &status) == 0, status.st_uid != 0 else { return nil }
        return (status.st_uid, status.st_gid)
    }

    /// Flags of open(2) beside a mode, for a file that is there. Nothing may wait. For root in a directory of another
    /// user, no symbolic link is followed, because it could lead anywhere.
    package static func flags(for path: String) -> Int32 {
        O_CLOEXEC | O_NONBLOCK | (foreignOwner(of: path) == nil ? 0 : O_NOFOLLOW)
    }

    /// Whether the path is a file and not a FIFO. Opening a FIFO would wait for a writer.
    package static func isRegular(at path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The kind of an open file. A FIFO or a device in place of a file is refused.
    package static func isRegular(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
