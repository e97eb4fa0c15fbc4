// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Shared
import Synchronization

/// Events that are published together. All watchers share it and its bytes, so a publication costs each one a
/// reference, not a copy.
final class EventBatch: Sendable {
    let events: [Event]
    /// Roughly what the events take in memory and on the wire.
    let bytes: Int
    /// The number of messages that are not in the history, and of gaps of such messages, and their size.
    let messages: Int
    let messageBytes: Int
    /// True if any other event is not in the history, so that a watcher that misses it cannot get it there.
    let hasUnstored: Bool
    /// True if nothing comes after it.
    let endsTheAgent: Bool

    /// Made when the first watcher needs it.
    private let frames = Mutex<[EventStreamFormat: EventFrames]>([:])

    init(_ events: [Event]) {
        self.events = events
        var (bytes, messages, messageBytes) = (0, 0, 0)
        for event in events {
            bytes += event.approximateBytes
            guard event.isUnstoredMessage else { continue }
            messages += 1
            messageBytes += event.approximateBytes
        }
        (self.bytes, self.messages, self.messageBytes) = (bytes, messages, messageBytes)
        hasUnstored = events.contains { $0.seq == nil && !$0.isUnstoredMessage }
        endsTheAgent = events.contains { $0.type == .agentStop }
    }

    /// Several batches if there are many bytes, with at least one event in each.
    static func batches(of events: [Event], atMost bytes: Int) -> [EventBatch] {
        var batches: [EventBatch] = []
        var (start, size) = (events.startIndex, 0)
        for (index, event) in events.enumerated() {
            let own = event.approximateBytes
            if index > start, size + own > bytes {
                batches.append(EventBatch(Array(events[start..<index])))
                (start, size) = (index, 0)
            }
            size += own
        }
        return batches + (start < events.endIndex ? [EventBatch(Array(events[start...]))] : [])
    }

    /// The part that the history has, or should have. Nil if nothing of it is stored.
    var withoutMessages: EventBatch? {
        messages == events.count ? nil : EventBatch(events.filter { !$0.isUnstoredMessage })
    }

    /// The gap for a watcher that does not get these messages. Nil without messages.
    func messageGap(because reason: String) -> RecorderGap? {
        guard messages > 0 else { return nil }
        let gaps = events.filter(\.isUnstoredMessage).map { event in
            RecorderGap(lost: event.lostMessages ?? 1, since: event.time, until: event.time, reason)
        }
        return gaps.dropFirst().reduce(gaps[0]) { $0.joined(with: $1) }
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
    /// A message, or a gap of messages, that the history does not have.
    fileprivate var isUnstoredMessage: Bool { seq == nil && isOfMessages }

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
