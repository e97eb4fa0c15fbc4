// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// Leaves descriptors to others, and lets a listener rest if a connection cannot be accepted.
///
/// Such a connection stays in the kernel's queue, so the listener would be ready again at once. NIO's own
/// `AcceptBackoffHandler` delays the next read, but not the current one, which is tried again forever.
///
/// It stands first in the listener's pipeline.
final class AcceptRestHandler: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    private static let rest = TimeAmount.milliseconds(100)

    private let reserve: DescriptorReserve
    private var awakening: Scheduled<Void>?

    init(reserve: DescriptorReserve) {
        self.reserve = reserve
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        let connection = ObjectIdentifier(channel)
        reserve.didAccept(connection)
        channel.closeFuture.whenComplete { [reserve] _ in reserve.didClose(connection) }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (error as? IOError)?.errnoCode {
        case EMFILE, ENFILE:
            if !reserve.lend() { rest(context) }
        case ENOBUFS, ENOMEM:
            rest(context)
        case ECONNABORTED:
            // That client has gone already, so the others need not wait.
            break
        default:
            context.fireErrorCaught(error)
        }
    }

    /// Other reads wait until the rest is over. Its end reads anyway.
    func read(context: ChannelHandlerContext) {
        if awakening == nil { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        awakening?.cancel()
        awakening = nil
        context.fireChannelInactive()
    }

    private func rest(_ context: ChannelHandlerContext) {
        guard awakening == nil else { return }
        setAutoRead(false, context)
        awakening = context.eventLoop.assumeIsolated().scheduleTask(in: Self.rest) {
            self.awakening = nil
            self.setAutoRead(true, context)
        }
    }

    private func setAutoRead(_ isOn: Bool, _ context: ChannelHandlerContext) {
        // Fails if the listener is closed. Then there is nothing to accept.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }
}
