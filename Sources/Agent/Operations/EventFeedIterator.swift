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
    /// Fewer than in a page for a client, because there may be a thousand watchers.
    private static let pageBytes = 1 << 20

    private let history: History
    private let subscription: Subscription
    private let filter: EventFeed.Filter
    private var phase: Phase
    // Keeps the heartbeat alive.
    private let heartbeat: Heartbeat?

    init(
        history: History, subscription: Subscription, filter: EventFeed.Filter, phase: Phase, heartbeat: Heartbeat?
    ) {
        self.history = history
        self.subscription = subscription
        self.filter = filter
        self.phase = phase
        self.heartbeat = heartbeat
    }

    /// Nil when the agent shuts down or the task is cancelled.
    /// - Throws: `UNAVAILABLE` if the history cannot be read.
    mutating func next() async throws -> EventFeed.Element? {
        while true {
            switch phase {
            case .catchingUp(let after):
                switch try await readPage(after: after) {
                case .events(let events): return .events([events])
                case .nothing: break
                case .lost: return lag()
                }
            case .live(let after):
                switch await subscription.next() {
                case .batches(let batches):
                    // The agent's own end is the last event, whether this watcher gets it or not.
                    if batches.contains(where: \.endsTheAgent) { phase = .ended }
                    let events = batches.compactMap { batch in
                        WatchedEvents(batch) { ($0.seq ?? .max) > after && filter.admits($0) }
                    }
                    if !events.isEmpty { return .events(events) }
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

    private enum Page {
        case events(WatchedEvents)
        case nothing
        /// Some events were removed before this watcher read them.
        case lost
    }

    private mutating func readPage(after: Int64) async throws -> Page {
        guard !Task.isCancelled else {
            phase = .ended
            return .nothing
        }
        let query = EventQuery(
            types: filter.storedTypes, workerID: filter.workerID, afterSeq: after, order: .ascending,
            limit: Self.pageSize)
        let (page, oldest) = try await history.perform { history in
            (try history.page(query, maxBytes: Self.pageBytes), try history.oldestCursor)
        }
        // Events may be removed between two pages, faster than this watcher reads.
        guard oldest <= after else { return .lost }
        let last = page.events.last?.seq ?? after
        switch subscription.standing {
        case .lagged(lostUnstored: true):
            return .lost
        case .lagged(lostUnstored: false):
            // The queue overflowed during the read of the history. The history has all of it, so reading goes on there.
            subscription.restart()
            phase = .catchingUp(after: last)
        case .open, .ended:
            phase = page.hasMore ? .catchingUp(after: last) : .live(after: last)
        }
        return WatchedEvents(EventBatch(page.events), where: filter.admits).map(Page.events) ?? .nothing
    }
}
