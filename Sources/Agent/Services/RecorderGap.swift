// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// Events that are missing from the history, one after the other.
struct RecorderGap: Hashable, Sendable {
    private(set) var lost: Int
    /// When the first and the last of them happened.
    private(set) var since: Timestamp
    private(set) var until: Timestamp
    let reason: String

    /// Nil where nothing is lost with `items`: messages are not stored anyway.
    init?(_ items: some Sequence<RecorderItem>, because reason: String) {
        var gap: RecorderGap?
        for item in items {
            let next: RecorderGap
            switch item.content {
            case .stored(let entry):
                next = RecorderGap(lost: 1, since: entry.event.time, until: entry.event.time, reason)
            case .gap(let earlier): next = earlier
            case .streamed, .unreadable: continue
            }
            gap = gap?.joined(with: next) ?? next
        }
        guard let gap else { return nil }
        self.init(lost: gap.lost, since: gap.since, until: gap.until, reason)
    }

    private init(lost: Int, since: Timestamp, until: Timestamp, _ reason: String) {
        self.lost = lost
        self.since = since
        self.until = until
        self.reason = reason
    }

    func joined(with later: RecorderGap) -> RecorderGap {
        RecorderGap(
            lost: lost + later.lost, since: min(since, later.since), until: max(until, later.until), later.reason)
    }

    /// What stands in the place of what is missing.
    var event: Event {
        Event(
            time: until, type: .gap,
            data: [
                "lost": .integer(Int64(lost)), "since": .string("\(since)"), "until": .string("\(until)"),
                "reason": .string(reason),
            ])
    }
}
