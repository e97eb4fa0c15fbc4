// SPDX-License-Identifier: Apache-2.0

import Fleet
import NIOCore
import Shared

/// How the fleet's events are written to a stream.
extension EventStreamFormat {
    func bytes(of element: FleetEventFeed.Element) throws -> ByteBuffer {
        let events: [FleetEvent]
        switch element {
        case .place(let cursor): return place(cursor)
        case .events(let found): events = found
        }
        var bytes = ByteBuffer()
        for item in events {
            let json = try item.json()
            switch self {
            case .serverSentEvents:
                // A cursor is digits and minus signs.
                if let cursor = item.cursor { bytes.writeString("id: \(cursor)\n") }
                bytes.writeString("event: \(item.event.type.rawValue)\ndata: ")
                bytes.writeBytes(json)
                bytes.writeString("\n\n")
            case .jsonLines:
                bytes.writeBytes(json)
                bytes.writeString("\n")
            }
        }
        return bytes
    }

    /// A cursor without an event. A server-sent event without data only sets the last id (WHATWG HTML, 9.2.6).
    private func place(_ cursor: FleetCursor) -> ByteBuffer {
        guard cursor.origin != nil else { return ByteBuffer(bytes: heartbeat) }
        return switch self {
        case .serverSentEvents: ByteBuffer(string: "id: \(cursor.text)\n\n")
        case .jsonLines: ByteBuffer(string: "{\"cursor\":\"\(cursor.text)\"}\n")
        }
    }
}
