// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import SystemPackage

/// A unix socket to which one process connects before it says so by other means. Nothing waits for connections here.
package final class UnixAcceptor {
    private let descriptor: OwnedFD
    private let path: String
    private let identity: FileIdentity?

    /// `struct ucred`, which Glibc's module leaves out.
    private struct Credentials {
        var pid: Int32 = 0
        var uid: UInt32 = 0
        var gid: UInt32 = 0
    }

    /// Listens at a path, for this user alone. A file that is there already is removed.
    package init(path: String) throws(IOError) {
        _ = unlink(path)
        let address = try SocketAddress(path: path)
        descriptor = OwnedFD(
            try systemCall("socket") {
                socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            })
        let number = descriptor.number
        try address.bind(descriptor)
        self.path = path
        identity = FileIdentity(of: path)
        try systemCall("chmod") { chmod(path, 0o600) }
        try systemCall("listen") { listen(number, 128) }
    }

    /// The oldest connection that this process has made, with this process's user. Those of others are closed.
    ///
    /// - Throws: EAGAIN if there is none.
    package func accept(from pid: Int32) throws(IOError) -> OwnedFD {
        while true {
            let connection = OwnedFD(try shimCall("accept", clinux_accept(descriptor.number)))
            let number = connection.number
            var peer = Credentials()
            var size = socklen_t(MemoryLayout<Credentials>.size)
            guard getsockopt(number, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0, peer.pid == pid,
                peer.uid == geteuid()
            else { continue }
            // A program that gets it as its standard output does not expect EAGAIN.
            try systemCall("fcntl") { fcntl(number, F_SETFL, 0) }
            return connection
        }
    }

    /// Removes the socket's file.
    package func close() {
        _ = identity?.remove(path)
    }
}
