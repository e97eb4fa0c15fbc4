// SPDX-License-Identifier: Apache-2.0

import Fleet
import NIOCore
import Shared

/// How the fleet's events are written to a stream.
extension EventStreamFormat {
    func bytes(of element: FleetEventFeed.Element) throws -> ByteBuffer {
        guard case .events(let events) = element else { return ByteBuffer(bytes: heartbeat) }
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
}
