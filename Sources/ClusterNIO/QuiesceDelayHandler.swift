// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Stands first in a connection's pipeline. It hides the server's shutdown from a connection until it is a second old.
/// The server would close a connection without a request, and a request that is just arriving would be lost.
final class QuiesceDelayHandler: ChannelInboundHandler {
    typealias InboundIn = Any

    static let age = TimeAmount.seconds(1)

    private var cameAt = NIODeadline.now()
    private var delayed: Scheduled<Void>?

    func handlerAdded(context: ChannelHandlerContext) {
        cameAt = context.eventLoop.now
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent, context.eventLoop.now < cameAt + Self.age else {
            return context.fireUserInboundEventTriggered(event)
        }
        delayed = context.eventLoop.assumeIsolated().scheduleTask(deadline: cameAt + Self.age) {
            context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        delayed?.cancel()
        context.fireChannelInactive()
    }
}
