// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// Events that are missing from the history, or messages from a stream, one after the other.
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
            case .streamed, .lostMessages: continue
            }
            gap = gap?.joined(with: next) ?? next
        }
        guard let gap else { return nil }
        self.init(lost: gap.lost, since: gap.since, until: gap.until, reason)
    }

    /// The messages among `items`, which are never stored; nil where there are none.
    init?(messagesOf items: some Sequence<RecorderItem>, because reason: String) {
        let gaps = items.compactMap { item -> RecorderGap? in
            switch item.content {
            case .streamed(let event): RecorderGap(lost: 1, since: event.time, until: event.time, reason)
            case .lostMessages(let gap, _): gap
            case .stored, .gap: nil
            }
        }
        guard let first = gaps.first else { return nil }
        self = gaps.dropFirst().reduce(first) { $0.joined(with: $1) }
    }

    init(lost: Int, since: Timestamp, until: Timestamp, _ reason: String) {
        self.lost = lost
        self.since = since
        self.until = until
        self.reason = reason
    }

    func joined(with later: RecorderGap) -> RecorderGap {
        RecorderGap(
            lost: lost + later.lost, since: min(since, later.since), until: max(until, later.until), later.reason)
    }

    /// What stands in the history in the place of what is missing.
    var event: Event { Event(time: until, type: .gap, data: data(counting: "lost")) }

    /// What watchers of messages get in the place of those that they are not shown.
    /// - Parameter worker: nil where they may be of several.
    func messagesEvent(of worker: WorkerID?) -> Event {
        Event(time: until, type: .gap, workerId: worker, data: data(counting: Event.lostMessagesField))
    }

    private func data(counting field: String) -> EventData {
        .value(
            .object([
                field: .integer(Int64(lost)), "since": .string("\(since)"), "until": .string("\(until)"),
                "reason": .string(reason),
            ]))
    }
}

extension Event {
    fileprivate static let lostMessagesField = "lostMessages"

    /// How many messages it says are not shown; nil for any other event.
    var lostMessages: Int? {
        guard type == .gap, case .integer(let count)? = data[Self.lostMessagesField] else { return nil }
        return Int(clamping: count)
    }

    /// Whether only those who ask for messages are sent it.
    var isOfMessages: Bool {
        type == .message || lostMessages != nil
    }
}
