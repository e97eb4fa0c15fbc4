// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// Reads an `EventFeed`.
struct EventFeedIterator: AsyncIteratorProtocol {
    enum Phase: Sendable {
        /// Reads the history. Exits: `live` at the history's end, `ended`.
        case catchingUp(after: Int64)
        /// Reads the subscription, but nothing up to this `seq`. Exits: `ended`.
        case live(after: Int64)
        case ended
    }

    private static let pageSize = 500

    private let history: History?
    private let subscription: Subscription
    private let filter: EventFeed.Filter
    private var phase: Phase
    // Held so that it ticks.
    private let heartbeat: Heartbeat?
    /// What has been read and not been given out, in reverse.
    private var ready: [Event] = []

    init(
        history: History?, subscription: Subscription, filter: EventFeed.Filter, phase: Phase, heartbeat: Heartbeat?
    ) {
        self.history = history
        self.subscription = subscription
        self.filter = filter
        self.phase = phase
        self.heartbeat = heartbeat
    }

    /// Nil when the agent shuts down or the task is cancelled.
    /// - Throws: `UNAVAILABLE` where the history cannot be read.
    mutating func next() async throws -> EventFeed.Element? {
        while true {
            if let event = ready.popLast() { return .event(event) }
            switch phase {
            case .catchingUp(let after):
                if try await !readPage(after: after) { return lag() }
            case .live(let after):
                switch await subscription.next() {
                case .events(let events):
                    ready = events.reversed().filter { ($0.seq ?? .max) > after && filter.admits($0) }
                case .idle:
                    return .idle
                case .lagged:
                    return lag()
                case nil:
                    phase = .ended
                }
            case .ended:
                return nil
            }
        }
    }

    private mutating func lag() -> EventFeed.Element {
        phase = .ended
        subscription.end()
        return .lagged
    }

    /// - Returns: false where events have been lost.
    private mutating func readPage(after: Int64) async throws -> Bool {
        guard let history, !Task.isCancelled else {
            phase = .ended
            return true
        }
        let query = EventQuery(
            types: filter.types, workerID: filter.workerID, afterSeq: after, order: .ascending, limit: Self.pageSize)
        let (events, oldest) = try await history.perform { history in
            (try history.events(query), try history.oldestCursor)
        }
        // Events may have been removed between two pages, faster than this watcher reads.
        guard oldest <= after else { return false }
        ready = events.reversed()
        let last = events.last?.seq ?? after
        switch subscription.standing {
        case .lagged(lostUnstored: true):
            return false
        case .lagged(lostUnstored: false):
            // The queue ran over while the history was read, which has all of it: read on from there.
            subscription.restart()
            phase = .catchingUp(after: last)
        case .open, .ended:
            phase = events.count == Self.pageSize ? .catchingUp(after: last) : .live(after: last)
        }
        return true
    }
}
