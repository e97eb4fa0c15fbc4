// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A bound socket that this process keeps: to accept from it, or for other processes to do so. It closes when nobody
/// refers to it any more.
package final class ServerSocket {
    let socket: BoundSocket
    /// Whether other processes may have it too, because it was inherited or a worker has got it. They may change
    /// whether accept(2) waits, so nothing here relies on that.
    private(set) var isShared: Bool

    package init(_ socket: consuming BoundSocket) {
        isShared = socket.isBorrowed
        self.socket = socket
    }

    /// Nil for a unix socket.
    package var port: Int? { socket.name.map { Int($0.port) } }

    /// Whether it is a unix socket that cannot be reached by its path any more.
    package var hasLostPath: Bool { socket.hasLostPath }

    /// Whether a connection waits that nobody has accepted.
    var hasConnection: Bool {
        var query = pollfd(fd: socket.descriptor.number, events: Int16(POLLIN), revents: 0)
        return poll(&query, 1, 0) == 1 && query.revents & Int16(POLLIN) != 0
    }

    /// Whether a connection waits that would be reset at the end. Others go on with a socket that they have given us.
    package var wouldReset: Bool { !socket.isBorrowed && hasConnection }

    package var isDatagram: Bool {
        SocketOption.value(SOL_SOCKET, SO_TYPE, of: socket.descriptor.number) == Int32(SOCK_DGRAM.rawValue)
    }

    /// Takes connections from now on. A second call only changes the backlog.
    package func listen(backlog: Int) throws(IOError) {
        try socket.listen(backlog)
    }

    /// A descriptor of it for a process that is started with it.
    package func duplicated() throws(IOError) -> OwnedFD {
        isShared = true
        return try socket.descriptor.duplicated()
    }

    /// Sends `bytes` with the socket's descriptor.
    package func send(_ bytes: [UInt8], over channel: UnixChannel) {
        isShared = true
        // A worker accepts in its event loop, which would hang if another worker is quicker. Node assumes that accept(2) does
        // not wait in a socket of the primary (libuv, uv_accept). Sockets that others have made stay as they are. fcntl(2)
        // does not fail for an open descriptor.
        if !socket.isBorrowed { try? socket.descriptor.setNonblocking() }
        // It is always there.
        _ = channel.send(bytes, with: self)
    }
}

extension ServerSocket: DescriptorSource {
    func withDescriptor(_ body: (Int32) -> Int) -> Int? {
        body(socket.descriptor.number)
    }
}
