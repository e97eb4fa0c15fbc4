// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A bound socket that this process keeps: to accept from it, or for other processes to do so. It closes when nobody
/// refers to it any more.
package final class ServerSocket {
    let socket: BoundSocket

    package init(_ socket: consuming BoundSocket) {
        self.socket = socket
    }

    /// Nil for a unix socket.
    package var port: Int? { socket.name.map { Int($0.port) } }

    package var isDatagram: Bool {
        SocketOption.value(SOL_SOCKET, SO_TYPE, of: socket.descriptor.number) == Int32(SOCK_DGRAM.rawValue)
    }

    /// Takes connections from now on, whoever accepts them. Once more changes nothing but the backlog.
    package func listen(backlog: Int) throws(IOError) {
        try socket.listen(backlog)
    }

    /// A descriptor of it for a process that is started with it.
    package func duplicated() throws(IOError) -> OwnedFD {
        try socket.descriptor.duplicated()
    }

    /// Sends `bytes` with the socket itself.
    package func send(_ bytes: [UInt8], over channel: UnixChannel) {
        channel.send(bytes, with: self)
    }
}

extension ServerSocket: DescriptorSource {
    func withDescriptor(_ body: (Int32) -> Int) -> Int? {
        body(socket.descriptor.number)
    }
}
