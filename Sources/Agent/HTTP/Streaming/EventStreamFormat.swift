// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared

/// How a stream of events is written.
enum EventStreamFormat: Sendable {
    /// HTML, 9.2: `id`, `event`, `data` and an empty line.
    case serverSentEvents
    /// One event a line.
    case jsonLines

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

    /// What a client skips: a comment, or an empty line.
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
            // One write for all that has come meanwhile.
            var bytes = try several.first?.bytes(self) ?? ByteBuffer()
            for more in several.dropFirst() { bytes.writeImmutableBuffer(try more.bytes(self)) }
            return bytes
        }
    }

    func bytes(of event: Event) throws -> [UInt8] {
        frame(id: event.seq, name: event.type.rawValue, json: try event.json())
    }

    private func frame(id: Int64?, name: String, json: [UInt8]) -> [UInt8] {
        switch self {
        case .serverSentEvents:
            Array((id.map { "id: \($0)\n" } ?? "").utf8) + Array("event: \(name)\ndata: ".utf8) + json
                + Array("\n\n".utf8)
        case .jsonLines: json + Array("\n".utf8)
        }
    }
}
