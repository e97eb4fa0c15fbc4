// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared
import Synchronization

/// Events that are published together. All watchers share it and its bytes, so that a publication costs each of them
/// one reference and not a copy.
final class EventBatch: Sendable {
    let events: [Event]
    /// About what the events weigh in memory and on the wire.
    let bytes: Int
    /// True where an event is not in the history: whoever misses it cannot get it from there.
    let hasUnstored: Bool
    /// True where nothing comes after it.
    let endsTheAgent: Bool

    /// Made when the first watcher wants them.
    private let frames = Mutex<[EventStreamFormat: EventFrames]>([:])

    init(_ events: [Event]) {
        self.events = events
        bytes = events.reduce(0) { $0 + $1.approximateBytes }
        hasUnstored = events.contains { $0.seq == nil }
        endsTheAgent = events.contains { $0.type == .agentStop }
    }

    func frames(_ format: EventStreamFormat) throws -> EventFrames {
        try frames.withLock { frames in
            if let made = frames[format] { return made }
            let new = try EventFrames(events, format)
            frames[format] = new
            return new
        }
    }
}

extension Event {
    fileprivate var approximateBytes: Int {
        switch data {
        case .value(let value): 160 + value.approximateBytes
        case .text(let text): 160 + text.count
        }
    }
}

extension JSONValue {
    fileprivate var approximateBytes: Int {
        switch self {
        case .null, .bool: 8
        case .integer, .number: 16
        case .string(let string): 16 + string.utf8.count
        case .array(let elements): elements.reduce(16) { $0 + $1.approximateBytes }
        case .object(let fields): fields.reduce(16) { $0 + 16 + $1.key.utf8.count + $1.value.approximateBytes }
        }
    }
}
