// SPDX-License-Identifier: Apache-2.0

import Contract
import FoundationEssentials
import NIOCore
import Shared

extension EventsReply {
    /// Like `JSONEncoder`, but each event's data stays in its own words.
    func json() throws -> ByteBuffer {
        var json = ByteBuffer(string: #"{"events":["#)
        for (index, event) in events.enumerated() {
            if index > 0 { json.writeString(",") }
            json.writeBytes(try event.json())
        }
        json.writeString("]")
        if let nextPageToken {
            json.writeString(#","nextPageToken":"#)
            json.writeBytes(try JSONEncoder().encode(nextPageToken))
        }
        json.writeString("}")
        return json
    }
}
