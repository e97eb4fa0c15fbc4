// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Which file this is, whatever its name. It is not mistaken for another one while a descriptor holds the file.
struct FileNode: Hashable, Sendable {
    private let device: dev_t
    private let inode: ino_t

    /// The file of this name; a link is not followed. Nil if the file does not exist or cannot be seen.
    init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The file that is open here. Nil if none is.
    init?(open descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }
}
