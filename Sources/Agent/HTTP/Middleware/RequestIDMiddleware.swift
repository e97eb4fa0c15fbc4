// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Gives each request an id, and its reply the same one.
struct RequestIDMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: AgentRequestContext,
        next: (Request, AgentRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let given = request.headers[.requestID]
        context.requestID =
            given.flatMap { PrintableText.isValid($0) ? $0 : nil } ?? Self.newID()
        var response = try await next(request, context)
        response.headers[.requestID] = context.requestID
        return response
    }

    /// A random UUID (RFC 9562, version 4). Foundation's own opens /dev/urandom for each.
    static func newID() -> String {
        var words = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
        let uuid = withUnsafeMutableBytes(of: &words) { bytes in
            bytes[6] = bytes[6] & 0x0F | 0x40
            bytes[8] = bytes[8] & 0x3F | 0x80
            return bytes.loadUnaligned(as: uuid_t.self)
        }
        return UUID(uuid: uuid).uuidString.lowercased()
    }
}

/// The allowed form of `X-Request-Id` and `Idempotency-Key`.
enum PrintableText {
    /// 1 to 128 characters of printable ASCII, without spaces at the ends, because HTTP would remove them.
    static func isValid(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
            && text.first != " " && text.last != " "
    }
}

extension HTTPField.Name {
    // This literal is a valid name (RFC 9110, 5.1).
    static let requestID = HTTPField.Name("X-Request-Id")!
}
