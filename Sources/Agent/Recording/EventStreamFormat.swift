// SPDX-License-Identifier: Apache-2.0

import Shared

/// The format of a stream of events.
enum EventStreamFormat: Sendable {
    /// `id`, `event`, `data` and an empty line (HTML, 9.2).
    case serverSentEvents
    /// One event per line.
    case jsonLines

    func bytes(of event: Event) throws -> [UInt8] {
        frame(id: event.seq, name: event.type.rawValue, json: try event.json())
    }

    /// One frame of the stream: an event, or another word to the watcher.
    func frame(id: Int64?, name: String, json: [UInt8]) -> [UInt8] {
        switch self {
        case .serverSentEvents:
            Array((id.map { "id: \($0)\n" } ?? "").utf8) + Array("event: \(name)\ndata: ".utf8) + json
                + Array("\n\n".utf8)
        case .jsonLines: json + Array("\n".utf8)
        }
    }
}
