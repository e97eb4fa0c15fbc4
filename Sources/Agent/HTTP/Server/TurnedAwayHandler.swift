// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// Refuses a connection that is one too many. It answers the first bytes and does not close at once, because a client
/// that is still sending would see a broken connection instead of the answer.
final class TurnedAwayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let reply: RawReply
    private let patience: TimeAmount
    private var end: Scheduled<Void>?

    /// - Parameter patience: how long the client may stay without sending anything.
    init(_ error: ClusterError, patience: TimeAmount) {
        reply = RawReply(error)
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        end = context.eventLoop.assumeIsolated().scheduleTask(in: patience) { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let isProbe = unwrapInboundIn(data).readableBytesView.starts(with: "GET /healthz ".utf8)
        context.writeAndFlush(wrapOutboundOut(isProbe ? Self.healthy : reply.bytes), promise: nil)
        context.close(promise: nil)
    }

    /// A liveness probe that gets a refusal would restart the agent and end all its workers.
    private static var healthy: ByteBuffer {
        let body = #"{"status":"ok"}"#
        return ByteBuffer(
            string: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                + "Connection: close\r\n\r\n\(body)")
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end?.cancel()
    }
}
