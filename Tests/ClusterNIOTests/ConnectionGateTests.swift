// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import ClusterNIO

@Suite(.timeLimit(.minutes(1))) struct ConnectionGateTests {
    private let demand = ConnectionDemand()

    /// A server channel with the gate, as a server that is running has it.
    private func server() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(ConnectionGate(demand), position: .first)
        return channel
    }

    @Test func `what the server reads is asked of the worker`() async throws {
        let channel = try server()
        #expect(await demand.wait(), "the read that was under way")
        channel.read()
        #expect(await demand.wait())
    }

    @Test func `a connection that is handed over is what the server reads`() throws {
        let channel = try server()
        let connection = EmbeddedChannel()
        channel.pipeline.fireChannelRead(HandedConnection(channel: connection))
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

    @Test func `nothing is asked for once the server is closed`() async throws {
        let channel = try server()
        #expect(await demand.wait())
        _ = try channel.finish()
        #expect(await !demand.wait())
    }
}
