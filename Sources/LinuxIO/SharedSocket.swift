// SPDX-License-Identifier: Apache-2.0

/// A bound socket that other processes accept or receive on; this one only keeps it.
package final class SharedSocket {
    private let socket: BoundSocket

    package init(_ socket: consuming BoundSocket) {
        self.socket = socket
    }

    /// Sends `bytes` with the socket itself.
    package func send(_ bytes: [UInt8], over channel: UnixChannel) {
        channel.send(bytes, with: socket.descriptor)
    }
}
