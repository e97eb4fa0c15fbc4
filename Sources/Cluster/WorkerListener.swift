// SPDX-License-Identifier: Apache-2.0

public import Shared

/// A server of a worker: Node's `net.Server`. The worker keeps it until it is closed.
public struct WorkerListener: Sendable {
    /// Where it listens, with the real port.
    public let address: ListeningAddress
    /// The connections. Under `rr` the primary accepts them. If this worker has no room for one, it declines, and
    /// another worker gets it. Under the other policies this worker accepts them itself, as many as it has room for.
    public let connections: IncomingConnections
    let id: ListenerID
    private let worker: Worker

    init(_ id: ListenerID, _ address: ListeningAddress, _ buffer: ConnectionBuffer, of worker: Worker) {
        self.id = id
        self.address = address
        self.worker = worker
        connections = IncomingConnections(buffer: buffer)
    }

    /// Accepts no more; connections that are open stay open. Closing twice changes nothing.
    public func close() async {
        await worker.close(id)
    }
}
