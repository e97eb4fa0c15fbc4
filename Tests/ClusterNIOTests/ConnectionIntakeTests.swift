// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import ClusterNIO

@Suite(.timeLimit(.minutes(1))) struct ConnectionIntakeTests {
    /// Keeps what comes, as a server does that has not made its connection ready yet.
    private final class Holder: ChannelInboundHandler {
        typealias InboundIn = any Channel
        private var held: [NIOAny] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { held.append(data) }

        /// Lets go of what it keeps.
        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            for data in held { context.fireChannelRead(data) }
            held = []
        }
    }

    private let demand = ConnectionDemand()
    private let arrivals = ConnectionArrivals()

    /// A server channel with the gate, as a server that is running has it.
    private func server(_ handlers: [any ChannelHandler] = []) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers(handlers + [ArrivalHandler(arrivals)])
        try pipeline.addHandler(ConnectionIntake(demand, arrivals), position: .first)
        return channel
    }

    /// As `ConnectionFeed` does it.
    private func handOver(_ connection: EmbeddedChannel, to server: EmbeddedChannel) {
        let (arrivals, name) = (arrivals, ObjectIdentifier(connection))
        arrivals.expect()
        arrivals.didSetOut(name)
        connection.closeFuture.whenComplete { _ in arrivals.didArrive(name) }
        server.pipeline.fireChannelRead(HandedConnection(channel: connection))
    }

    @Test func `the server's reads decide what the worker is asked for`() async throws {
        let channel = try server()
        #expect(await demand.wait(), "the read that was under way")
        channel.read()
        #expect(await demand.wait())
    }

    @Test func `the server reads a connection that is handed over`() throws {
        let channel = try server()
        let connection = EmbeddedChannel()
        handOver(connection, to: channel)
        let read = try channel.readInbound(as: EmbeddedChannel.self)
        #expect(read === connection)
        #expect(connection.isActive == false, "the server brings it to life itself")
    }

    @Test func `a connection that the server accepts itself is closed`() throws {
        let channel = try server()
        let stranger = EmbeddedChannel()
        let isClosed = Mutex(false)
        stranger.closeFuture.whenSuccess { isClosed.withLock { $0 = true } }
        channel.pipeline.fireChannelRead(stranger)
        #expect(try channel.readInbound(as: EmbeddedChannel.self) == nil)
        // An embedded loop does nothing by itself.
        stranger.embeddedEventLoop.run()
        #expect(isClosed.withLock { $0 })
    }

    @Test func `a delivered connection is read, unless the server closes before its loop reads it`() throws {
        for closes in [false, true] {
            let channel = try server()
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/server")).wait()
            let connection = EmbeddedChannel()
            let isClosed = Mutex(false)
            connection.closeFuture.whenSuccess { isClosed.withLock { $0 = true } }
            ConnectionFeed.deliver(connection, to: channel)
            if closes { channel.close(promise: nil) }
            channel.embeddedEventLoop.run()
            connection.embeddedEventLoop.run()
            let read = try channel.readInbound(as: EmbeddedChannel.self)
            #expect(closes ? read == nil : read === connection)
            #expect(isClosed.withLock { $0 } == closes)
        }
    }

    @Test func `nothing is asked for once the server is closed`() async throws {
        let channel = try server()
        #expect(await demand.wait())
        _ = try channel.finish()
        #expect(await !demand.wait())
    }

    @Test func `closing the server waits until connections on their way have arrived`() async throws {
        let channel = try server([Holder()])
        let arrivals = arrivals
        await arrivals.wait()
        handOver(EmbeddedChannel(), to: channel)
        let hasArrived = Mutex(false)
        async let waited: Void = {
            await arrivals.wait()
            #expect(hasArrived.withLock { $0 })
        }()
        hasArrived.withLock { $0 = true }
        channel.pipeline.fireUserInboundEventTriggered(())
        await waited
    }

    @Test func `nobody waits for a connection that is closed on the way, nor for a closed server`() async throws {
        let channel = try server([Holder()])
        let broken = EmbeddedChannel()
        handOver(broken, to: channel)
        _ = try broken.finish()
        await arrivals.wait()
        arrivals.expect()
        arrivals.didNotSetOut()
        await arrivals.wait()
        handOver(EmbeddedChannel(), to: channel)
        _ = try channel.finish()
        await arrivals.wait()
    }
}
