// SPDX-License-Identifier: Apache-2.0

import Shared

/// The state of a `Subscription`, under its lock. The caller resumes continuations outside the lock.
///
/// Messages that are not in the history have room of their own. Those that find none become a gap in their place. They
/// never end the stream, because its reader could not get them by coming back.
struct SubscriptionQueue {
    typealias Reader = CheckedContinuation<Subscription.Delivery?, Never>

    /// A reader to resume, if there is one.
    struct Wake {
        var reader: Reader?
        var delivery: Subscription.Delivery?

        func run() { reader?.resume(returning: delivery) }
    }

    enum Outcome {
        case now(Subscription.Delivery?)
        case waiting
    }

    private static let reason = "this watcher does not read them fast enough"

    private let limit: Subscription.Limit
    private(set) var standing = Subscription.Standing.open
    /// How many messages this watcher missed since it began.
    private(set) var lostMessages = 0
    private var waiting: [EventBatch] = []
    private var events = 0
    private var bytes = 0
    private var messages = 0
    private var messageBytes = 0
    /// The gap behind everything that waits.
    private var gap: RecorderGap?
    private var reader: Reader?

    init(limit: Subscription.Limit) {
        self.limit = limit
    }

    mutating func offer(_ batch: EventBatch) -> Wake? {
        switch standing {
        case .ended:
            return nil
        case .lagged(let lostUnstored):
            lose(batch.messageGap(because: Self.reason))
            standing = .lagged(lostUnstored: lostUnstored || batch.hasUnstored)
            return nil
        case .open:
            if let reader {
                self.reader = nil
                return Wake(reader: reader, delivery: .batches([batch]))
            }
            keep(batch)
            return nil
        }
    }

    private mutating func keep(_ batch: EventBatch) {
        guard hasRoom(forMessagesOf: batch) else {
            let rest = batch.withoutMessages
            if let rest { keep(rest) }
            // The gap stands behind what came with it. No reader can tell the difference.
            return lose(batch.messageGap(because: Self.reason))
        }
        let (ownEvents, ownBytes) = (batch.events.count - batch.messages, batch.bytes - batch.messageBytes)
        guard events + ownEvents <= limit.events, bytes + ownBytes <= limit.bytes else {
            let lostUnstored = batch.hasUnstored || waiting.contains { $0.hasUnstored }
            for lost in waiting + [batch] { lose(lost.messageGap(because: Self.reason)) }
            clear()
            standing = .lagged(lostUnstored: lostUnstored)
            return
        }
        if let gap = gap.take() { waiting.append(EventBatch([gap.messagesEvent(of: nil)])) }
        waiting.append(batch)
        events += ownEvents
        bytes += ownBytes
        messages += batch.messages
        messageBytes += batch.messageBytes
    }

    /// Always takes one, however large, so that the reader gets on.
    private func hasRoom(forMessagesOf batch: EventBatch) -> Bool {
        batch.messages == 0 || messages == 0
            || messages + batch.messages <= limit.messages && messageBytes + batch.messageBytes <= limit.messageBytes
    }

    private mutating func lose(_ lost: RecorderGap?) {
        guard let lost else { return }
        lostMessages += lost.lost
        gap = gap?.joined(with: lost) ?? lost
    }

    mutating func take(orWait continuation: Reader) -> Outcome {
        switch standing {
        case .ended:
            return .now(nil)
        case .lagged:
            return .now(takeGap().map { .batches([$0]) } ?? .lagged)
        case .open:
            let batches = waiting + (takeGap().map { [$0] } ?? [])
            guard batches.isEmpty else {
                clear()
                return .now(.batches(batches))
            }
            precondition(reader == nil, "a subscription has one reader")
            reader = continuation
            return .waiting
        }
    }

    private mutating func takeGap() -> EventBatch? {
        gap.take().map { EventBatch([$0.messagesEvent(of: nil)]) }
    }

    mutating func tick() -> Wake? {
        guard let reader else { return nil }
        self.reader = nil
        return Wake(reader: reader, delivery: .idle)
    }

    mutating func restart() {
        if case .lagged = standing { standing = .open }
    }

    /// Nil if it has ended already.
    mutating func end() -> Wake? {
        if case .ended = standing { return nil }
        standing = .ended
        clear()
        defer { reader = nil }
        return Wake(reader: reader, delivery: nil)
    }

    private mutating func clear() {
        waiting = []
        (events, bytes, messages, messageBytes) = (0, 0, 0, 0)
    }
}
