// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Closes a connection whose request does not arrive in time. It stands before the HTTP decoder and sees bytes,
/// so a head that trickles in, one header a second, counts as late too.
final class RequestDeadlineHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long each part of a request may take.
    struct Limits: Sendable {
        var head = TimeAmount.seconds(10)
        var body = TimeAmount.seconds(30)
    }

    private enum State {
        /// Between requests. Exits: `receiving`, at the first byte; `answering`, where requests are pipelined.
        case idle
        /// A head or a body is under way. Exits: `answering`; closed, by the deadline.
        case receiving(deadline: Scheduled<Void>)
        /// Exits: `receiving`, for the body; `idle`.
        case answering
    }

    private let limits: Limits
    private var state = State.idle

    init(limits: Limits) {
        self.limits = limits
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .idle = state { awaitMore(limits.head, context: context) }
        context.fireChannelRead(data)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let phase = event as? ConnectionPhase else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch phase {
        case .readingBody: awaitMore(limits.body, context: context)
        case .answering: moveOn(to: .answering)
        case .answered: moveOn(to: .idle)
        }
        promise?.succeed()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        moveOn(to: .idle)
    }

    private func awaitMore(_ time: TimeAmount, context: ChannelHandlerContext) {
        let channel = context.channel
        moveOn(to: .receiving(deadline: context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }))
    }

    private func moveOn(to next: State) {
        if case .receiving(let deadline) = state { deadline.cancel() }
        state = next
    }
}
