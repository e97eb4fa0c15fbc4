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

    /// More than wait at once. Processes that connect without end hold up nobody.
    private static let mostAccepted = 512

    /// The newest connections that this process has made, in their order. They go into `table`. All others are closed: older
    /// ones of this process, which belong to calls that came to nothing, and those of other processes.
    ///
    /// - Throws: EAGAIN if there are fewer than `count`.
    package func accept(
        _ count: Int, from pid: Int32, into table: DescriptorTable
    ) throws(IOError) -> [DescriptorTable.Token] {
        var tokens: [DescriptorTable.Token] = []
        for _ in 0..<Self.mostAccepted {
            let accepted = clinux_accept(descriptor.number)
            if accepted == -EAGAIN { break }
            let connection = OwnedFD(try shimCall("accept", accepted))
            guard Self.isOwn(connection, of: pid) else { continue }
            let number = connection.number
            // A program that gets it as its standard output does not expect EAGAIN.
            try systemCall("fcntl") { fcntl(number, F_SETFL, 0) }
            tokens.append(table.insert(connection))
            if tokens.count > count { _ = table.remove(tokens.removeFirst()) }
        }
        guard tokens.count == count else { throw IOError("accept", code: EAGAIN) }
        return tokens
    }

    /// Whether this process has made the connection, with this process's user.
    private static func isOwn(_ connection: borrowing OwnedFD, of pid: Int32) -> Bool {
        var peer = Credentials()
        var size = socklen_t(MemoryLayout<Credentials>.size)
        return getsockopt(connection.number, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == pid
            && peer.uid == geteuid()
    }

    deinit { close() }

    /// Removes the socket's file.
    package func close() {
        _ = identity?.remove(path)
    }
}
