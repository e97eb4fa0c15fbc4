// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// Ends a connection whose request does not arrive in time. It stands before the HTTP decoder and sees bytes, so a head
/// that trickles in counts as late too.
final class RequestDeadlineHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The time limit for each part of a request.
    struct Limits: Sendable {
        var head = TimeAmount.seconds(10)
        var body = TimeAmount.seconds(30)
    }

    private enum State {
        /// Nothing has come yet. Exits: `receiving`; closed, by the deadline.
        case opened(deadline: Scheduled<Void>)
        /// Between requests. Exits: `receiving`, at the first byte; `answering`, if requests are pipelined.
        case idle
        /// A head or a body is under way. Exits: `answering`; answered and closed, by the deadline.
        case receiving(deadline: Scheduled<Void>)
        /// Exits: `receiving`, for the body; `idle`; `closing`.
        case answering
        /// Further bytes are ignored. Exits: closed, by the deadline.
        case closing(deadline: Scheduled<Void>)
    }

    private let limits: Limits
    private let didRefuse: () -> Void
    private var state = State.idle

    /// - Parameter didRefuse: called if this handler answers the request itself.
    init(limits: Limits, didRefuse: @escaping () -> Void) {
        self.limits = limits
        self.didRefuse = didRefuse
    }

    func handlerAdded(context: ChannelHandlerContext) {
        moveOn(to: .opened(deadline: schedule(limits.head, context) { context.close(promise: nil) }))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        case .opened, .idle: awaitMore(limits.head, context: context)
        case .receiving, .answering, .closing: break
        }
        context.fireChannelRead(data)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let phase = event as? ConnectionPhase else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        if case .closing = state {
            promise?.succeed()
            return
        }
        switch phase {
        case .closing: moveOn(to: .closing(deadline: schedule(limits.head, context) { context.close(promise: nil) }))
        case .readingBody: awaitMore(limits.body, context: context)
        case .answering: moveOn(to: .answering)
        case .answered: moveOn(to: .idle)
        }
        promise?.succeed()
    }

    func channelInactive(context: ChannelHandlerContext) {
        moveOn(to: .idle)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        moveOn(to: .idle)
    }

    private func awaitMore(_ time: TimeAmount, context: ChannelHandlerContext) {
        moveOn(to: .receiving(deadline: schedule(time, context) { self.refuse(time, context) }))
    }

    private func schedule(
        _ time: TimeAmount, _ context: ChannelHandlerContext, _ action: @escaping () -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: time, action)
    }

    /// No answer is under way, so these bytes stand alone.
    private func refuse(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        didRefuse()
        let milliseconds = time.nanoseconds / 1_000_000
        let reply = RawReply(
            ClusterError(
                .deadlineExceeded, .requestTimeout,
                "the request did not arrive within \(milliseconds) ms; send it without a pause",
                metadata: ["timeoutMs": "\(milliseconds)"]))
        context.writeAndFlush(wrapOutboundOut(reply.bytes), promise: nil)
        context.close(promise: nil)
    }

    private func moveOn(to next: State) {
        switch state {
        case .opened(let deadline), .receiving(let deadline), .closing(let deadline): deadline.cancel()
        case .idle, .answering: break
        }
        state = next
    }
}
