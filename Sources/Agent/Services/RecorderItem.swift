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
        /// Nothing of it can be shown; its number counts all the same.
        case unreadable
    }

    var content: Content
    /// The primary's number of the event; nil for one that is the agent's own.
    var number: UInt64?

    /// What is to be stored, if anything.
    var entry: HistoryEntry? {
        switch content {
        case .stored(let entry): entry
        case .gap(let gap): HistoryEntry(event: gap.event)
        case .streamed, .unreadable: nil
        }
    }

    /// What is to be published, if anything.
    var event: Event? {
        switch content {
        case .stored(let entry): entry.event
        case .streamed(let event): event
        case .gap(let gap): gap.event
        case .unreadable: nil
        }
    }

    /// This item with its place in the history; nil where it has none.
    func stored(as seq: Int64?) -> RecorderItem {
        guard var entry else { return self }
        entry.event.seq = seq
        return RecorderItem(content: .stored(entry), number: number)
    }
}
