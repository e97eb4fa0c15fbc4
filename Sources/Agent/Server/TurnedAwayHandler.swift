// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// Refuses a connection that is one too many. It answers the first bytes instead of closing at once, because a client
/// that is still sending would see a broken connection and not the answer.
final class TurnedAwayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a client may keep the connection without saying anything.
    private static let patience = TimeAmount.seconds(1)

    private let reply: RawReply
    private var end: Scheduled<Void>?

    init(_ error: ClusterError) {
        reply = RawReply(error)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        end = context.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(reply.bytes), promise: nil)
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end?.cancel()
    }
}
