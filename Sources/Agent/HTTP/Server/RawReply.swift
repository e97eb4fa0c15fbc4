// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// A refusal for whoever has sent no request that could be answered. It is the connection's last word.
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
        head.headerFields[.requestID] = UUID().uuidString.lowercased()
        return head
    }

    var body: ByteBuffer {
        // Texts and numbers can always be written.
        (try? refusal.body()) ?? ByteBuffer()
    }

    /// As HTTP/1.1 has it, for where there is no encoder.
    var bytes: ByteBuffer {
        let head = head
        var text = "HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n"
        for field in head.headerFields { text += "\(field.name.rawName): \(field.value)\r\n" }
        var buffer = ByteBuffer(string: text + "\r\n")
        buffer.writeImmutableBuffer(body)
        return buffer
    }
}
