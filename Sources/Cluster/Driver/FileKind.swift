// SPDX-License-Identifier: Apache-2.0

import Glibc

/// What stands at a path.
enum FileKind {
    case file
    case directory
    /// A pipe, a device or a socket.
    case other

    /// Follows links. Nil if nothing is there, or it cannot be reached.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        default: self = .other
        }
    }
}
