// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Ends a connection whose client does not read its answer. Otherwise such a client could keep its place forever, such
/// as a place among the watchers.
///
/// It stands next to the socket and sees bytes. While bytes wait, the client must take a minimum in each period.
final class WriteDeadlineHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// The slowest speed for a client.
    struct Limits: Sendable {
        var period = TimeAmount.seconds(10)
        /// The minimum per period, unless fewer bytes wait.
        var bytes = 128 << 10
    }

    /// A piece counts as written only as a whole.
    private static let piece = 32 << 10

    private enum State {
        /// Exits: `writing`.
        case idle
        /// Bytes wait for the client. Exits: `idle`, when all are written; closed, by the deadline.
        case writing(waiting: Int, written: Int, deadline: Scheduled<Void>)
    }

    private let limits: Limits
    private let didEnd: () -> Void
    private var state = State.idle

    /// - Parameter didEnd: called if it ends the connection.
    init(limits: Limits, didEnd: @escaping () -> Void) {
        self.limits = limits
        self.didEnd = didEnd
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .byteBuffer(var bytes) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        while bytes.readableBytes > Self.piece, let piece = bytes.readSlice(length: Self.piece) {
            write(piece, nil, context)
        }
        write(bytes, promise, context)
    }

    private func write(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        let promise = promise ?? context.eventLoop.makePromise()
        let count = bytes.readableBytes
        willWrite(count, context)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.didWrite(count) }
        context.write(wrapOutboundOut(.byteBuffer(bytes)), promise: promise)
    }

    private func willWrite(_ count: Int, _ context: ChannelHandlerContext) {
        switch state {
        case .idle: state = .writing(waiting: count, written: 0, deadline: schedule(context))
        case .writing(let waiting, let written, let deadline):
            state = .writing(waiting: waiting + count, written: written, deadline: deadline)
        }
    }

    private func didWrite(_ count: Int) {
        guard case .writing(let waiting, let written, let deadline) = state else { return }
        if waiting <= count {
            moveToIdle()
        } else {
            state = .writing(waiting: waiting - count, written: written + count, deadline: deadline)
        }
    }

    private func schedule(_ context: ChannelHandlerContext) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: limits.period) { self.check(context) }
    }

    private func check(_ context: ChannelHandlerContext) {
        guard case .writing(let waiting, let written, _) = state else { return }
        guard written < limits.bytes else {
            state = .writing(waiting: waiting, written: 0, deadline: schedule(context))
            return
        }
        moveToIdle()
        didEnd()
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        moveToIdle()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        moveToIdle()
    }

    private func moveToIdle() {
        if case .writing(_, _, let deadline) = state { deadline.cancel() }
        state = .idle
    }
}
