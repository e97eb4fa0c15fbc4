// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// Events in a row that are missing from the history, or messages that are missing from a stream.
struct RecorderGap: Hashable, Sendable {
    private(set) var lost: Int
    /// When the first and the last of them happened.
    private(set) var since: Timestamp
    private(set) var until: Timestamp
    let reason: String

    /// Nil if `items` are only messages, which are not stored anyway.
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

    /// The messages among `items`, which are never stored. Nil without messages.
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

    /// The event that stands in the history in place of the missing ones.
    var event: Event { Event(time: until, type: .gap, data: data(counting: "lost")) }

    /// The event that watchers of messages get in place of missed messages.
    /// - Parameter worker: nil if they may be of several.
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

    /// How many missed messages it stands for. Nil for any other event.
    var lostMessages: Int? {
        guard type == .gap, case .integer(let count)? = data[Self.lostMessagesField] else { return nil }
        return Int(clamping: count)
    }

    /// Whether only watchers of messages get it.
    var isOfMessages: Bool {
        type == .message || lostMessages != nil
    }
}
