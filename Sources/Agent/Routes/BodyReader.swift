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
        try await decodeWithText(type, from: request, context: context).body
    }

    /// The body and the text that it was read from.
    ///
    /// - Throws: as `decode`.
    static func decodeWithText<Body: ClosedRequest>(
        _ type: Body.Type, from request: Request, context: AgentRequestContext
    ) async throws -> (body: Body, text: [UInt8]) {
        var buffer = try await collect(request, context: context)
        // A missing body is an empty object, and so is one of spaces alone.
        let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
        let isBlank = bytes.allSatisfy { $0 == 0x20 || (0x09...0x0d).contains($0) }
        if !isBlank { try checkMediaType(request) }
        do {
            let data = isBlank ? Data("{}".utf8) : Data(bytes)
            return (try JSONDecoder().decode(Closed<Body>.self, from: data).body, bytes)
        } catch let error as DecodingError {
            throw ClusterError(error, isJSON: (try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))) != nil)
        }
    }

    /// The whole body; empty where there is none.
    /// - Throws: `INVALID_ARGUMENT` where it is too long or does not arrive whole.
    static func collect(_ request: Request, context: AgentRequestContext) async throws -> ByteBuffer {
        let length = request.headers[.contentLength].flatMap(Int.init)
        if request.headers[.transferEncoding] == nil && (length ?? 0) == 0 { return ByteBuffer() }
        // Refused before it is sent, where the client waits for 100 Continue.
        if let length, length > ConnectionLimits.bodyBytes { throw tooLarge }
        context.channel.triggerUserOutboundEvent(ConnectionPhase.readingBody, promise: nil)
        defer { context.channel.triggerUserOutboundEvent(ConnectionPhase.answering, promise: nil) }
        do {
            return try await request.body.collect(upTo: ConnectionLimits.bodyBytes)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw ClusterError(
                .invalidArgument, .malformedJSON, "the request's body broke off or is no valid HTTP", cause: error)
        }
    }

    private static var tooLarge: ClusterError {
        ClusterError(
            .invalidArgument, .requestTooLarge, "a request's body may have at most \(ConnectionLimits.bodyBytes) bytes",
            metadata: ["maxBytes": "\(ConnectionLimits.bodyBytes)"])
    }

    /// `curl -d` names a form unless it is told otherwise, and what follows is JSON all the same.
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
