// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// One thing that waits to be recorded.
struct RecorderItem: Sendable {
    enum Content: Sendable {
        /// To be stored, then published.
        case stored(HistoryEntry)
        /// To be published in its place, but not stored.
        case streamed(Event)
        /// To be stored, then published, in the place of what was lost.
        case gap(RecorderGap)
        /// To be published to those who watch messages, in the place of some that nobody is shown.
        case lostMessages(RecorderGap, of: WorkerID?)
    }

    var content: Content
    /// The primary's number of the event; nil for one that is the agent's own.
    var number: UInt64?
    /// Counts what the recorder is given, from 1.
    var place: UInt64 = 0

    /// What is to be stored, if anything.
    var entry: HistoryEntry? {
        switch content {
        case .stored(let entry): entry
        case .gap(let gap): HistoryEntry(event: gap.event)
        case .streamed, .lostMessages: nil
        }
    }

    /// What is to be published, if anything.
    var event: Event? {
        switch content {
        case .stored(let entry): entry.event
        case .streamed(let event): event
        case .gap(let gap): gap.event
        case .lostMessages(let gap, let worker): gap.messagesEvent(of: worker)
        }
    }

    /// What a worker's message takes; 0 for anything else, which is small.
    var messageBytes: Int {
        switch content {
        case .stored(let entry): entry.event.messageBytes
        case .streamed(let event): event.messageBytes
        case .gap, .lostMessages: 0
        }
    }

    /// Gives the event the time that its place in the order allows.
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

    /// This item with its place in the history; nil where it has none.
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
