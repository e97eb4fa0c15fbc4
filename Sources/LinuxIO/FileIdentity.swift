// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Which file a name stood for at one moment. It is not mistaken for another one while something keeps the file open.
package struct FileIdentity: Hashable, Sendable {
    private let device: dev_t
    private let inode: ino_t

    /// The file of this name; a link is not followed. Nil if there is none, or it cannot be seen.
    package init?(of path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        device = status.st_dev
        inode = status.st_ino
    }

    /// Removes the name if it still stands for this file: another program may have put its own file there.
    ///
    /// - Returns: whether the name is gone by this call.
    @discardableResult
    package func remove(_ path: String) -> Bool {
        FileIdentity(of: path) == self && unlink(path) == 0
    }
}
