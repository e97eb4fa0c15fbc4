// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// The file in the place where a unix socket should be bound.
package enum UnixSocketFile {
    package enum Owner: Sendable {
        /// Somebody listens on the socket.
        case program
        /// It was left behind: its owner ended without removing it.
        case nobody
        /// A socket that this process may not connect to.
        case forbidden
        /// It is not a socket, or cannot be seen.
        case unknown
    }

    /// A link belongs to somebody, wherever it leads, so it is not followed.
    static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    package static func owner(of path: String) -> Owner {
        guard isSocket(path) else { return .unknown }
        do throws(IOError) {
            let address = try SocketAddress(path: path)
            let probe = OwnedFD(
                try systemCall("socket") {
                    socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
                })
            try address.connect(probe)
            return .program
        } catch {
            switch error.errno {
            case .connectionRefused: return .nobody
            case .permissionDenied, .notPermitted: return .forbidden
            // Its queue is full, or it takes datagrams (connect(2)).
            default: return .program
            }
        }
    }

    /// O_PATH (open(2)), which Glibc's module does not have.
    static let pathOnly: Int32 = 0o10000000

    /// Lets everybody connect, or look, who may not yet.
    ///
    /// The path may lead to another file by now: the worker that asked for it may own the directory, and this process
    /// may be root. So no link is followed, and only the file that was checked is changed.
    static func open(
        _ path: String, _ identity: FileIdentity?, readableAll: Bool, writableAll: Bool
    ) throws(IOError) {
        guard readableAll || writableAll else { return }
        let file = OwnedFD(
            try systemCall("open") { Glibc.open(path, pathOnly | O_NOFOLLOW | O_CLOEXEC) })
        let number = file.number
        var status = stat()
        try systemCall("fstat") { fstat(number, &status) }
        guard status.st_mode & S_IFMT == S_IFSOCK, FileIdentity(open: file) == identity else {
            throw IOError("chmod", .notSocket)
        }
        let mode =
            status.st_mode | (readableAll ? S_IRUSR | S_IRGRP | S_IROTH : 0)
            | (writableAll ? S_IWUSR | S_IWGRP | S_IWOTH : 0)
        if mode != status.st_mode { try systemCall("chmod") { chmod("/proc/self/fd/\(number)", mode & 0o777) } }
    }

    /// Removes the file of a socket that nobody has; false if it is still there.
    package static func removeIfLeftBehind(_ path: String) -> Bool {
        // The one that was looked at: another program may bind its own in between.
        let identity = FileIdentity(of: path)
        return owner(of: path) == .nobody && identity?.remove(path) == true
    }
}
