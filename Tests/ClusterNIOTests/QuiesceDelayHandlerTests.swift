// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import ClusterNIO

@Suite struct QuiesceDelayHandlerTests {
    /// Counts what it is told.
    private final class Witness: ChannelInboundHandler {
        typealias InboundIn = Any
        var told = 0

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is ChannelShouldQuiesceEvent { told += 1 }
        }
    }

    private func connection() throws -> (EmbeddedChannel, Witness) {
        let (channel, witness) = (EmbeddedChannel(), Witness())
        try channel.pipeline.syncOperations.addHandlers([QuiesceDelayHandler(), witness])
        return (channel, witness)
    }

    @Test func `a new connection hears of the end once it is old enough, once`() throws {
        let (channel, witness) = try connection()
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(400))
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(599))
        #expect(witness.told == 0)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(witness.told == 1)
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(witness.told == 1)
    }

    @Test func `an older connection hears of the end at once`() throws {
        let (channel, witness) = try connection()
        channel.embeddedEventLoop.advanceTime(by: QuiesceDelayHandler.age)
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(witness.told == 1)
    }

    @Test func `a connection that is closed meanwhile does not hear of it`() throws {
        let (channel, witness) = try connection()
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        _ = try channel.finish()
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(witness.told == 0)
    }
}
