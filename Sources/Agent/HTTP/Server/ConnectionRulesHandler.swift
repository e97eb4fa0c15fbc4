// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// HTTP's rules for connections that NIO leaves to others: one `Host` per request (RFC 9112, 3.2), closing after the
/// answer if the client asks for it (9.6), and "100 Continue" if the client asks before it sends a body (RFC 9110,
/// 10.1.1).
///
/// It stands at a place in the pipeline that still sees a head's version and all its lines.
final class ConnectionRulesHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The request has no `Host`, or several.
    struct WrongHost: Error {}

    /// A request whose answer is not written yet.
    private struct Exchange {
        let version: HTTPVersion
        /// The connection ends with the answer.
        var isLast: Bool
        /// The whole request has come.
        var isReceived = false
        /// The client holds the body back until it gets "100 Continue".
        var awaitsContinue: Bool
    }

    /// The first request is being served. The client sent the others without waiting for its answer.
    private var exchanges: [Exchange] = []
    /// Whether further bytes are ignored.
    private var isOver = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .end = part, !exchanges.isEmpty { exchanges[exchanges.count - 1].isReceived = true }
        guard !isOver else { return }
        switch part {
        case .head(let head):
            guard exchanges.last.map({ !$0.isLast }) ?? true else {
                isOver = true
                return
            }
            receive(head, context: context)
        case .body(let bytes):
            exchanges.indices.last.map { exchanges[$0].awaitsContinue = false }
            context.fireChannelRead(wrapInboundOut(.body(bytes)))
        case .end(let trailers):
            context.fireChannelRead(wrapInboundOut(.end(trailers)))
        }
    }

    private func receive(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        let hosts = head.headers["host"].count
        guard hosts == 1 || (hosts == 0 && head.version != .http1_1) else {
            isOver = true
            context.fireErrorCaught(WrongHost())
            return
        }
        var head = head
        let isLast = !head.isKeepAlive || head.version != .http1_1
        // Hummingbird knows it only in this spelling.
        if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        let expects = head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
        exchanges.append(
            Exchange(version: head.version, isLast: isLast, awaitsContinue: expects && head.version == .http1_1))
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if case .readingBody? = event as? ConnectionPhase, exchanges.first?.awaitsContinue ?? false {
            exchanges[0].awaitsContinue = false
            let head = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        }
        context.triggerUserOutboundEvent(event, promise: promise)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var part = unwrapOutboundIn(data)
        switch part {
        case .head(var head):
            if let exchange = exchanges.first { Self.complete(&head, of: exchange) }
            if head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "close" }) {
                // Requests behind this one are not served.
                isOver = true
                if !exchanges.isEmpty { exchanges[0].isLast = true }
            }
            part = .head(head)
        case .body: break
        case .end: return finishExchange(part, context: context, promise: promise)
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }

    /// Closes the connection after its last answer: at once if the whole request has come, otherwise a little later. If
    /// the client were still sending, the kernel would throw the answer away (RFC 9112, 9.6).
    private func finishExchange(
        _ end: HTTPServerResponsePart, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        let exchange = exchanges.isEmpty ? nil : exchanges.removeFirst()
        guard let exchange, exchange.isLast else { return context.write(wrapOutboundOut(end), promise: promise) }
        let written = promise ?? context.eventLoop.makePromise()
        if exchange.isReceived {
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        } else {
            context.triggerUserOutboundEvent(ConnectionPhase.closing, promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(end), promise: written)
    }

    private static func complete(_ head: inout HTTPResponseHead, of exchange: Exchange) {
        // A client of HTTP/1.0 would take chunks for the body.
        if exchange.version != .http1_1 { head.version = .http1_0 }
        // A body that was not asked for does not come, and the next request would be taken for it.
        if exchange.isLast || exchange.awaitsContinue { head.headers.replaceOrAdd(name: "Connection", value: "close") }
    }
}

/// What a connection is busy with. Sent down its pipeline for `RequestDeadlineHandler`.
enum ConnectionPhase: Sendable {
    /// The head has come, and the body is awaited.
    case readingBody
    /// The request has come. The answer may take as long as it likes.
    case answering
    /// The answer is written.
    case answered
    /// The last answer is written, and the client is still sending.
    case closing
}
