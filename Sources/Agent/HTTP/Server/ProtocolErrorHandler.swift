// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Shared

/// Answers bytes that are not HTTP with the contract's error. Hummingbird closes such a connection with a 400 without a
/// body, and this handler gives it one.
final class ProtocolErrorHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ConnectionLimits
    /// What to answer, once the bytes turn out not to be HTTP.
    private var refusal: ClusterError?
    /// Called with the reason of an answer that this handler gives.
    var didRefuse: (ErrorReason) -> Void = { _ in }

    init(limits: ConnectionLimits) {
        self.limits = limits
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let found = explanation(of: error)
        // One answer is enough: the connection closes after it, whatever the rest of its bytes is. If it has closed, half a
        // head is left, and nobody waits for an answer.
        guard found == nil || (refusal == nil && context.channel.isActive) else { return }
        refusal = refusal ?? found
        // A head that cannot be accepted is as bad as one that cannot be read, and Hummingbird knows only the latter.
        context.fireErrorCaught(found == nil || error is HTTPParserError ? error : HTTPParserError.unknown)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let refusal, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentLength] == "0"
        else { return context.write(data, promise: promise) }
        didRefuse(refusal.reason)
        let reply = RawReply(refusal)
        context.write(wrapOutboundOut(.head(reply.head)), promise: nil)
        context.write(wrapOutboundOut(.body(reply.body)), promise: promise)
    }

    /// Nil if the error does not come from the client's bytes.
    private func explanation(of error: any Error) -> ClusterError? {
        switch error {
        case HTTPParserError.headerOverflow:
            ClusterError(
                .invalidArgument, .requestTooLarge,
                "a request's line and headers may have at most \(limits.headerBytes) bytes and \(limits.headerCount) lines",
                metadata: ["maxBytes": "\(limits.headerBytes)"])
        case is ConnectionRulesHandler.WrongHost:
            ClusterError(
                .invalidArgument, .malformedHTTP, "an HTTP/1.1 request must have one Host header, and only one")
        case is HTTP1TypeConversionError:
            ClusterError(.invalidArgument, .malformedHTTP, "this is not an HTTP/1.1 request (a header cannot be read)")
        case let error as HTTPParserError:
            ClusterError(
                .invalidArgument, .malformedHTTP, "this is not an HTTP/1.1 request (\(error.debugDescription))")
        default: nil
        }
    }
}
