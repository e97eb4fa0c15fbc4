// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// The events for one watcher: the history after a cursor, then live events, without gap or repeat. Read it once.
///
/// It subscribes first and then reads the history, page by page. New events wait in the subscription meanwhile, and
/// only those after the last page go out.
struct EventFeed: AsyncSequence, Sendable {
    enum Element: Sendable {
        /// At least one event.
        case events([WatchedEvents])
        /// Nothing came during the heartbeat's time.
        case idle
        /// The last element: this watcher was too slow. It may resume after the last `seq` that it has seen.
        case lagged
    }

    /// Where a feed begins.
    enum Cursor: Hashable, Sendable {
        /// After this `seq`.
        case after(Int64)
        /// With the oldest stored event.
        case earliest
        /// With the next event that happens.
        case latest
    }

    /// Which events to send.
    struct Filter: Hashable, Sendable {
        /// All types if empty.
        var types: Set<EventType> = []
        var workerID: WorkerID?
        /// Includes `message` events, whatever `types` says. Past ones exist only if they are stored.
        var messages = false

        /// The types to read from the history. ``admits(_:)`` then decides.
        var storedTypes: Set<EventType> { types.isEmpty || !messages ? types : types.union([.message]) }

        func admits(_ event: Event) -> Bool {
            if event.isOfMessages {
                // Nobody may know the worker of lost messages.
                return messages && (workerID == nil || event.workerId == workerID || event.workerId == nil)
            }
            if let workerID, event.workerId != workerID { return false }
            return types.isEmpty || types.contains(event.type)
        }
    }

    private let history: History
    private let subscription: Subscription
    private let filter: Filter
    private let start: EventFeedIterator.Phase
    private let heartbeat: Heartbeat?

    /// Checks the cursor and takes a watcher's place. So a refusal comes before a reply begins.
    /// - Parameter heartbeat: `idle` comes if nothing was sent for this long. Nil for never.
    /// - Throws: `OUT_OF_RANGE` (`SEQ_EXPIRED`, metadata `oldestSeq`), `RESOURCE_EXHAUSTED` (`TOO_MANY_WATCHERS`),
    ///   `UNAVAILABLE` if the agent shuts down, or if the cursor needs the history and it cannot be read.
    static func open(
        history: History, broadcaster: EventBroadcaster, cursor: Cursor, filter: Filter = Filter(),
        owner: WatcherOwner = WatcherOwner(), heartbeat: Duration? = nil, clock: any Clock<Duration> = ContinuousClock()
    ) async throws -> EventFeed {
        let subscription = try broadcaster.subscribe(messages: filter.messages, for: owner)
        return EventFeed(
            history: history, subscription: subscription, filter: filter,
            start: try await start(at: cursor, in: history, messages: filter.messages),
            heartbeat: heartbeat.map { Heartbeat(every: $0, clock: clock, of: subscription) })
    }

    private static func start(
        at cursor: Cursor, in history: History, messages: Bool
    ) async throws -> EventFeedIterator.Phase {
        if cursor == .latest { return .live(after: 0) }
        return try await history.perform { history in
            switch cursor {
            case .after(let seq):
                try history.requireKept(after: seq, messages: messages)
                return .catchingUp(after: seq)
            default:
                return .catchingUp(after: try history.oldestCursor)
            }
        }
    }

    /// Ends the feed, wherever its reader is.
    func end() {
        subscription.end()
    }

    func makeAsyncIterator() -> EventFeedIterator {
        EventFeedIterator(
            history: history, subscription: subscription, filter: filter, phase: start, heartbeat: heartbeat)
    }
}

/// Ticks a subscription while somebody holds this object.
final class Heartbeat: Sendable {
    private let task: Task<Void, Never>

    init(every interval: Duration, clock: any Clock<Duration>, of subscription: Subscription) {
        task = Task { [weak subscription] in
            while (try? await clock.sleep(for: interval)) != nil, let subscription {
                subscription.tick()
            }
        }
    }

    deinit { task.cancel() }
}
