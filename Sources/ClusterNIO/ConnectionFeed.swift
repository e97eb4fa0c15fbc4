// SPDX-License-Identifier: Apache-2.0

import Cluster
import Logging
import NIOCore
import NIOPosix

/// Gives a listener's connections to a server channel, one for each read. The others stay with the listener, which has
/// limits of its own.
struct ConnectionFeed: Sendable {
    /// Ends the initializer of a channel that the server has taken over, once that channel is closed.
    private struct Handed: Error {}

    let listener: WorkerListener
    let server: any Channel
    let group: any EventLoopGroup
    let logger: Logger
    private let demand = ConnectionDemand()
    private let arrivals = ConnectionArrivals()

    /// - Parameter group: for the connections.
    init(_ listener: WorkerListener, to server: any Channel, group: any EventLoopGroup, logger: Logger) {
        self.listener = listener
        self.server = server
        self.group = group
        self.logger = logger
    }

    /// Puts what it needs into the server's pipeline.
    func open() async throws {
        let (server, demand, arrivals) = (server, demand, arrivals)
        try await server.eventLoop.submit {
            let pipeline = server.pipeline.syncOperations
            try pipeline.addHandler(ArrivalHandler(arrivals), position: .last)
            try pipeline.addHandler(ConnectionIntake(demand, arrivals), position: .first)
        }.get()
    }

    /// Returns when the listener is closed and the server has all connections that came before. The listener closes
    /// with the server.
    func run() async {
        let giving = Task { await give() }
        server.closeFuture.whenComplete { _ in giving.cancel() }
        await giving.value
        await listener.close()
        // If the program has closed the server, nobody will ask for the connections that wait.
        for await connection in listener.connections { await connection.close() }
        await arrivals.wait()
    }

    private func give() async {
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

    /// The server registers the channel with its event loop itself, as it does with accepted ones. The bootstrap would
    /// do that after the initializer, so the initializer does not finish until the channel is closed.
    private func hand(_ connection: DetachedConnection) {
        let (server, demand, arrivals, logger) = (server, demand, arrivals, logger)
        arrivals.expect()
        let outcome = ClientBootstrap(group: group)
            .channelInitializer { channel in
                do {
                    try channel.pipeline.syncOperations.addHandler(QuiesceDelayHandler())
                } catch {
                    return channel.eventLoop.makeFailedFuture(error)
                }
                let name = ObjectIdentifier(channel)
                arrivals.didSetOut(name)
                channel.closeFuture.whenComplete { _ in
                    connection.lease.end()
                    // If the server has no use for it, it never arrives.
                    arrivals.didArrive(name)
                }
                Self.deliver(channel, to: server)
                return channel.closeFuture.flatMapThrowing { throw Handed() }
            }
            .withConnectedSocket(connection.descriptor)
        outcome.whenFailure { error in
            guard !(error is Handed) else { return }
            connection.lease.end()
            arrivals.didNotSetOut()
            logger.debug("connection not served", metadata: ["error": "\(error)"])
            demand.signal()
        }
    }

    /// Gives the server a connection as if it had accepted it. If the server is closed, the connection is closed too.
    static func deliver(_ connection: any Channel, to server: any Channel) {
        // On the server's own event loop, so that it cannot close in between. A closed channel's pipeline drops what is
        // fired into it.
        server.eventLoop.execute {
            guard server.isActive else { return connection.close(promise: nil) }
            server.pipeline.fireChannelRead(HandedConnection(channel: connection))
            server.pipeline.fireChannelReadComplete()
            server.read()
        }
    }
}
