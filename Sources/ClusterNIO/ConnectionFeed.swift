// SPDX-License-Identifier: Apache-2.0

import Cluster
import Logging
import NIOCore
import NIOPosix

/// Gives a listener's connections to a server channel, one for each that it asks for. What it does not ask for stays
/// with the listener, which has bounds of its own.
struct ConnectionFeed: Sendable {
    /// Ends the initializer of a channel that the server has taken over, once that channel is closed.
    private struct Handed: Error {}

    let listener: WorkerListener
    let server: any Channel
    let group: any EventLoopGroup
    let logger: Logger
    private let demand = ConnectionDemand()

    init(_ listener: WorkerListener, to server: any Channel, group: any EventLoopGroup, logger: Logger) {
        self.listener = listener
        self.server = server
        self.group = group
        self.logger = logger
    }

    /// Puts the gate into the server's pipeline.
    func open() async throws {
        let (server, demand) = (server, demand)
        try await server.eventLoop.submit {
            try server.pipeline.syncOperations.addHandler(ConnectionGate(demand), position: .first)
        }.get()
    }

    /// Returns when the listener is closed and all that came has been given, or when the server is closed.
    func run() async {
        var connections = listener.connections.makeAsyncIterator()
        while await demand.wait(), let connection = await connections.next() {
            do throws(ClusterError) {
                hand(try connection.detach())
            } catch {
                logger.debug("connection not served", metadata: ["error": "\(error)"])
                demand.signal()
            }
        }
    }

    /// The server registers the channel with its event loop itself, as it does with what it accepts; so the bootstrap,
    /// which would do that after the initializer, is kept waiting until the channel is closed.
    private func hand(_ connection: DetachedConnection) {
        let server = server
        let outcome = ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.closeFuture.whenComplete { _ in connection.lease.end() }
                server.pipeline.fireChannelRead(HandedConnection(channel: channel))
                server.pipeline.fireChannelReadComplete()
                server.read()
                return channel.closeFuture.flatMapThrowing { throw Handed() }
            }
            .withConnectedSocket(connection.descriptor)
        let (demand, logger) = (demand, logger)
        outcome.whenFailure { error in
            guard !(error is Handed) else { return }
            // It did not come as far as the server.
            connection.lease.end()
            logger.debug("connection not served", metadata: ["error": "\(error)"])
            demand.signal()
        }
    }
}
