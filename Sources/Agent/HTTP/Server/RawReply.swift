// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// A refusal for a client whose bytes are not a request. It ends the connection.
struct RawReply: Sendable {
    private let refusal: Refusal

    init(_ error: ClusterError) {
        refusal = Refusal(error)
    }

    var head: HTTPResponse {
        var head = HTTPResponse(status: refusal.status, headerFields: refusal.headers)
        head.headerFields[.contentType] = "application/json"
        head.headerFields[.cacheControl] = "no-store"
        head.headerFields[.contentLength] = "\(body.readableBytes)"
        head.headerFields[.connection] = "close"
        head.headerFields[.requestID] = RequestIDMiddleware.newID()
        return head
    }

    var body: ByteBuffer {
        // Texts and numbers can always be encoded.
        (try? refusal.body()) ?? ByteBuffer()
    }

    /// As HTTP/1.1 writes it, for places without an encoder.
    var bytes: ByteBuffer {
        let head = head
        var text = "HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n"
        for field in head.headerFields { text += "\(field.name.rawName): \(field.value)\r\n" }
        var buffer = ByteBuffer(string: text + "\r\n")
        buffer.writeImmutableBuffer(body)
        return buffer
    }
}
