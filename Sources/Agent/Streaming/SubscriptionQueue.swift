// SPDX-License-Identifier: Apache-2.0

import Shared

/// What a `Subscription` guards with its lock. Continuations are resumed by the caller, outside the lock.
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

    private let limit: Subscription.Limit
    private(set) var standing = Subscription.Standing.open
    private var waiting: [EventBatch] = []
    private var events = 0
    private var bytes = 0
    private var reader: Reader?

    init(limit: Subscription.Limit) {
        self.limit = limit
    }

    mutating func offer(_ batch: EventBatch) -> Wake? {
        switch standing {
        case .ended:
            return nil
        case .lagged(let lostUnstored):
            standing = .lagged(lostUnstored: lostUnstored || batch.hasUnstored)
            return nil
        case .open:
            if let reader {
                self.reader = nil
                return Wake(reader: reader, delivery: .batches([batch]))
            }
            guard events + batch.events.count <= limit.events, bytes + batch.bytes <= limit.bytes else {
                let lostUnstored = batch.hasUnstored || waiting.contains { $0.hasUnstored }
                clear()
                standing = .lagged(lostUnstored: lostUnstored)
                return nil
            }
            waiting.append(batch)
            events += batch.events.count
            bytes += batch.bytes
            return nil
        }
    }

    mutating func take(orWait continuation: Reader) -> Outcome {
        switch standing {
        case .ended:
            return .now(nil)
        case .lagged:
            return .now(.lagged)
        case .open:
            guard waiting.isEmpty else {
                defer { clear() }
                return .now(.batches(waiting))
            }
            precondition(reader == nil, "a subscription has one reader")
            reader = continuation
            return .waiting
        }
    }

    mutating func tick() -> Wake? {
        guard let reader else { return nil }
        self.reader = nil
        return Wake(reader: reader, delivery: .idle)
    }

    mutating func restart() {
        if case .lagged = standing { standing = .open }
    }

    /// Nil where it has ended before.
    mutating func end() -> Wake? {
        if case .ended = standing { return nil }
        standing = .ended
        clear()
        defer { reader = nil }
        return Wake(reader: reader, delivery: nil)
    }

    private mutating func clear() {
        waiting = []
        events = 0
        bytes = 0
    }
}
