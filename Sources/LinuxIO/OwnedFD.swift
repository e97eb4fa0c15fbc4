// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A descriptor and the duty to close it. There is one owner at any time, so none is closed twice or leaks.
package struct OwnedFD: ~Copyable {
    let number: Int32

    /// Takes over a descriptor that nobody else owns.
    init(_ number: Int32) {
        precondition(number >= 0, "not a descriptor")
        self.number = number
    }

    deinit {
        // Never repeated on EINTR, because Linux has freed the number already (close(2)).
        _ = Glibc.close(number)
    }

    /// Ends the ownership without closing; the caller is the owner now.
    consuming func relinquish() -> Int32 {
        let number = number
        discard self
        return number
    }

    /// A copy of a descriptor that the process was started with.
    package static func adopting(_ number: Int32) throws(IOError) -> OwnedFD {
        let copy = Glibc.fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw IOError("fcntl", .init(rawValue: errno)) }
        return OwnedFD(copy)
    }

    /// Whether this process has such a descriptor. It may be owned by anything.
    package static func isOpen(_ number: Int32) -> Bool {
        Glibc.fcntl(number, F_GETFD) >= 0
    }

    /// Takes over a stream socket of the unix family that the process was started with, and keeps it from the programs
    /// that this one starts.
    ///
    /// - Throws: EBADF if there is no such descriptor, ENOTSOCK if it is something else.
    package static func claimingUnixStream(_ number: Int32) throws(IOError) -> OwnedFD {
        guard isOpen(number) else { throw IOError("fcntl", .badFileDescriptor) }
        guard SocketOption.value(SOL_SOCKET, SO_DOMAIN, of: number) == AF_UNIX,
            SocketOption.value(SOL_SOCKET, SO_TYPE, of: number) == Int32(SOCK_STREAM.rawValue)
        else { throw IOError("getsockopt", .notSocket) }
        try systemCall("fcntl") { fcntl(number, F_SETFD, FD_CLOEXEC) }
        return OwnedFD(number)
    }

    /// Another descriptor of the same open file.
    package func duplicated() throws(IOError) -> OwnedFD {
        OwnedFD(try systemCall("fcntl") { Glibc.fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }
}
