// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Shared

/// Answers what is no HTTP with the contract's error. Hummingbird closes such a connection with a 400 that has no body;
/// here that 400 is given one.
final class ProtocolErrorHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: ConnectionLimits
    private var problem: HTTPParserError?

    init(limits: ConnectionLimits) {
        self.limits = limits
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A head that was read but cannot be taken is as bad as one that cannot be read, and Hummingbird knows only
        // the latter.
        let problem = error is HTTP1TypeConversionError ? HTTPParserError.unknown : error as? HTTPParserError
        self.problem = problem
        context.fireErrorCaught(problem ?? error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let problem, case .head(let head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentLength] == "0"
        else { return context.write(data, promise: promise) }
        let reply = RawReply(explanation(of: problem))
        context.write(wrapOutboundOut(.head(reply.head)), promise: nil)
        context.write(wrapOutboundOut(.body(reply.body)), promise: promise)
    }

    private func explanation(of problem: HTTPParserError) -> ClusterError {
        switch problem {
        case .headerOverflow:
            ClusterError(
                .invalidArgument, .requestTooLarge,
                "a request's line and headers may have at most \(limits.headerBytes) bytes and \(limits.headerCount) lines",
                metadata: ["maxBytes": "\(limits.headerBytes)"])
        default:
            ClusterError(.invalidArgument, .malformedHTTP, "this is no HTTP/1.1 request (\(problem))")
        }
    }
}
