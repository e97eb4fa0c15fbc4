// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// What one watcher is sent: the history after a cursor, then live events, without gap or repeat. To be read once.
///
/// It subscribes first and reads the history then, page by page; what was published meanwhile waits in the
/// subscription, and of that only what is newer than the last page goes out.
struct EventFeed: AsyncSequence, Sendable {
    enum Element: Sendable {
        /// At least one event.
        case events([WatchedEvents])
        /// Nothing came for the heartbeat's time.
        case idle
        /// The last element: this watcher did not keep up. It may resume from the last `seq` that it has seen.
        case lagged
    }

    /// Where to begin.
    enum Cursor: Hashable, Sendable {
        /// After this `seq`.
        case after(Int64)
        /// With the oldest event that is kept.
        case earliest
        /// With the next event that happens.
        case latest
    }

    /// Which events to send.
    struct Filter: Hashable, Sendable {
        /// Empty: every type.
        var types: Set<EventType> = []
        var workerID: WorkerID?
        /// `message` events too, whatever `types` says. Of the past there are some only where they are stored.
        var messages = false

        /// What to read from the history, of which ``admits(_:)`` then decides.
        var storedTypes: Set<EventType> { types.isEmpty || !messages ? types : types.union([.message]) }

        func admits(_ event: Event) -> Bool {
            if event.isOfMessages {
                // Of those that were lost nobody may know the worker.
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

    /// Checks the cursor and takes a watcher's place, so that whatever is refused is refused before a reply begins.
    /// - Parameter heartbeat: `idle` comes when there has been nothing to send for this long. Nil: never.
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

    /// Ends it for its reader, wherever that is.
    func end() {
        subscription.end()
    }

    func makeAsyncIterator() -> EventFeedIterator {
        EventFeedIterator(
            history: history, subscription: subscription, filter: filter, phase: start, heartbeat: heartbeat)
    }
}

/// Ticks a subscription for as long as somebody holds this.
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
