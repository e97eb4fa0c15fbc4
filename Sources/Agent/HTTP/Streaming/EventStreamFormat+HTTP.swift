// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// The media type of each format.
extension EventStreamFormat {
    init(accept: String?) {
        let types = accept?.split(separator: ",").map { $0.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() }
        self = types?.contains("application/x-ndjson") == true ? .jsonLines : .serverSentEvents
    }

    var mediaType: String {
        switch self {
        case .serverSentEvents: "text/event-stream"
        case .jsonLines: "application/x-ndjson"
        }
    }

    /// Bytes that a client ignores: a comment, or an empty line.
    var heartbeat: [UInt8] {
        switch self {
        case .serverSentEvents: Array(":\n\n".utf8)
        case .jsonLines: Array("\n".utf8)
        }
    }

    func bytes(of element: EventFeed.Element) throws -> ByteBuffer {
        switch element {
        case .idle: return ByteBuffer(bytes: heartbeat)
        case .lagged: return ByteBuffer(bytes: frame(id: nil, name: "lagged", json: Array(#"{"type":"lagged"}"#.utf8)))
        case .events(let several):
            // One write for everything that has come meanwhile.
            var bytes = try several.first?.bytes(self) ?? ByteBuffer()
            for more in several.dropFirst() { bytes.writeImmutableBuffer(try more.bytes(self)) }
            return bytes
        }
    }
}
