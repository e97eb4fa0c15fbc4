// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// Something that waits to be recorded.
struct RecorderItem: Sendable {
    enum Content: Sendable {
        /// Stored, then published.
        case stored(HistoryEntry)
        /// Published in its place, but not stored.
        case streamed(Event)
        /// Stored, then published, in place of lost events.
        case gap(RecorderGap)
        /// Published to those who watch messages, in place of messages that nobody gets.
        case lostMessages(RecorderGap, of: WorkerID?)
    }

    var content: Content
    /// The primary's number of the event. Nil for the agent's own.
    var number: UInt64?
    /// Its place among all items, from 1.
    var place: UInt64 = 0

    /// The entry to store, if any.
    var entry: HistoryEntry? {
        switch content {
        case .stored(let entry): entry
        case .gap(let gap): HistoryEntry(event: gap.event)
        case .streamed, .lostMessages: nil
        }
    }

    /// The event to publish, if any.
    var event: Event? {
        switch content {
        case .stored(let entry): entry.event
        case .streamed(let event): event
        case .gap(let gap): gap.event
        case .lostMessages(let gap, let worker): gap.messagesEvent(of: worker)
        }
    }

    /// The size of a worker's message. 0 for everything else, which is small.
    var messageBytes: Int {
        switch content {
        case .stored(let entry): entry.event.messageBytes
        case .streamed(let event): event.messageBytes
        case .gap, .lostMessages: 0
        }
    }

    /// A worker's message that is part of the history.
    var isStoredMessage: Bool {
        if case .stored(let entry) = content { entry.event.type == .message } else { false }
    }

    /// Sets the event's time, which follows the order.
    mutating func move(to time: Timestamp) {
        switch content {
        case .stored(var entry):
            entry.event.time = time
            content = .stored(entry)
        case .streamed(var event):
            event.time = time
            content = .streamed(event)
        case .gap, .lostMessages: break
        }
    }

    /// This item with its place in the history. Nil if it has none.
    func stored(as seq: Int64?) -> RecorderItem {
        guard var entry else { return self }
        entry.event.seq = seq
        return RecorderItem(content: .stored(entry), number: number, place: place)
    }
}

extension Event {
    fileprivate var messageBytes: Int {
        guard type == .message, case .text(let text) = data else { return 0 }
        return text.count
    }
}
