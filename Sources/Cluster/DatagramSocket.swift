// SPDX-License-Identifier: Apache-2.0

import LinuxIO
public import Shared

/// A UDP socket of a worker: Node's `dgram.Socket`. All workers that bind to the same address share one, and the kernel
/// gives each datagram to one of them.
public struct DatagramSocket: Sendable {
    /// Where it is bound, with the real port.
    public let address: ListeningAddress
    private let id: ListenerID
    private let worker: Worker

    init(_ id: ListenerID, _ address: ListeningAddress, of worker: Worker) {
        self.id = id
        self.address = address
        self.worker = worker
    }

    /// The next datagram; nil once the socket is closed, or if the task is cancelled.
    ///
    /// - Throws: `CONNECTION_CLOSED` if the kernel gives up on the socket.
    public func receive() async throws(ClusterError) -> Datagram? {
        try await worker.receive(id)
    }

    /// - Parameter host: an IP address.
    /// - Throws: `INVALID_FIELD` if it cannot be sent there, `CONNECTION_CLOSED` if the socket is closed or the
    ///   task is cancelled.
    public func send(_ bytes: [UInt8], to host: String, port: UInt16) async throws(ClusterError) {
        try await worker.send(bytes, to: host, port: port, from: id)
    }

    /// A task that waits in ``receive()`` gets nil. Closing twice changes nothing.
    public func close() async {
        await worker.close(id)
    }
}
