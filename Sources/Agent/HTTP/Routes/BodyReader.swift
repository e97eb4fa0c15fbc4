// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// Reads the JSON body of a request.
enum BodyReader {
    /// - Throws: `ClusterError` that says what is wrong with the body, and names the field.
    static func decode<Body: ClosedRequest>(
        _ type: Body.Type, from request: Request, context: AgentRequestContext
    ) async throws -> Body {
        let text = try await text(of: request, context: context)
        // The decoder would accept a trailing comma, UTF-16, and the first of two equal names.
        let members = try BodyMembers(text)
        try members.checkNestedNames()
        do {
            return try JSONDecoder().decode(Closed<Body>.self, from: Data(text)).body
        } catch let error as DecodingError {
            throw ClusterError(error, decoding: Closed<Body>.self, from: members)
        }
    }

    /// The body as it was sent. A missing or blank body counts as an empty object.
    static func text(of request: Request, context: AgentRequestContext) async throws -> [UInt8] {
        var buffer = try await collect(request, context: context)
        let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
        guard !bytes.allSatisfy({ $0 == 0x20 || (0x09...0x0d).contains($0) }) else { return Array("{}".utf8) }
        try checkMediaType(request)
        return bytes
    }

    /// The whole body. Empty if there is none.
    /// - Throws: `INVALID_ARGUMENT` if it is too long or incomplete.
    static func collect(_ request: Request, context: AgentRequestContext) async throws -> ByteBuffer {
        let length = request.headers[.contentLength].flatMap(Int.init)
        if request.headers[.transferEncoding] == nil && (length ?? 0) == 0 { return ByteBuffer() }
        // If the client waits for "100 Continue", the refusal comes before it sends the body.
        if let length, length > ConnectionLimits.bodyBytes { throw tooLarge }
        context.channel.triggerUserOutboundEvent(ConnectionPhase.readingBody, promise: nil)
        defer { context.channel.triggerUserOutboundEvent(ConnectionPhase.answering, promise: nil) }
        do {
            return try await request.body.collect(upTo: ConnectionLimits.bodyBytes)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw ClusterError(
                .invalidArgument, .malformedHTTP, "the request's body broke off or is not valid HTTP", cause: error)
        }
    }

    private static var tooLarge: ClusterError {
        ClusterError(
            .invalidArgument, .requestTooLarge, "a request's body may have at most \(ConnectionLimits.bodyBytes) bytes",
            metadata: ["maxBytes": "\(ConnectionLimits.bodyBytes)"])
    }

    /// `curl -d` says that the body is a form unless told otherwise. The body is JSON all the same.
    private static let mediaTypes: Set = ["application/json", "application/x-www-form-urlencoded"]

    private static func checkMediaType(_ request: Request) throws(ClusterError) {
        guard let written = request.headers[.contentType] else { return }
        let essence = written.prefix { $0 != ";" }.lowercased().trimmingSuffix { $0 == " " }
        guard mediaTypes.contains(essence) else {
            throw ClusterError(
                .invalidArgument, .unsupportedMediaType,
                "the body must be JSON: send Content-Type: application/json (curl --json does)",
                metadata: ["contentType": written])
        }
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
        String(reversed().drop(while: isTrimmed).reversed())
    }
}
