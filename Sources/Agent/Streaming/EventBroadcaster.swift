// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// Gives each published event to all who watch. A watcher that does not read costs the others nothing:
/// its queue is bounded, and publishing never waits.
final class EventBroadcaster: Sendable {
    /// True as soon as somebody watches messages, false when the last of them has gone. The newest value counts.
    /// For one consumer, which tells the primary whether to make `message` events at all.
    let messagesWanted: AsyncStream<Bool>

    private struct Entry {
        // Only the watcher holds its subscription, so that one that is dropped anywhere frees its place.
        weak var subscription: Subscription?
        let messages: Bool
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var nextKey = 0
        var messageWatchers = 0
        var isFinished = false
    }

    private let state = Mutex(State())
    private let messageDemand: AsyncStream<Bool>.Continuation
    private let maxWatchers: Int
    private let limit: Subscription.Limit

    init(maxWatchers: Int = 1000, limit: Subscription.Limit = Subscription.Limit()) {
        self.maxWatchers = maxWatchers
        self.limit = limit
        (messagesWanted, messageDemand) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many watch.
    var watchers: Int { state.withLock { $0.entries.count } }

    /// Gets every event that is published from now on; those of messages only where `messages` is true.
    /// - Throws: `RESOURCE_EXHAUSTED` (`TOO_MANY_WATCHERS`), `UNAVAILABLE` (`SHUTTING_DOWN`) after ``finish()``.
    func subscribe(messages: Bool) throws(ClusterError) -> Subscription {
        try state.withLock { state throws(ClusterError) in
            guard !state.isFinished else {
                throw ClusterError(.unavailable, .shuttingDown, "the agent is shutting down; try again later")
            }
            guard state.entries.count < maxWatchers else {
                throw ClusterError(
                    .resourceExhausted, .tooManyWatchers,
                    "\(maxWatchers) clients watch already; close one, or read GET /v1/events instead",
                    metadata: ["limit": "\(maxWatchers)"])
            }
            let key = state.nextKey
            state.nextKey += 1
            let subscription = Subscription(messages: messages, limit: limit) { [self] in remove(key) }
            state.entries[key] = Entry(subscription: subscription, messages: messages)
            if messages {
                state.messageWatchers += 1
                if state.messageWatchers == 1 { messageDemand.yield(true) }
            }
            return subscription
        }
    }

    /// Called by one task only, so that all watchers see the same order.
    func publish(_ events: [Event]) {
        let subscriptions = state.withLock { $0.entries.values.compactMap(\.subscription) }
        guard !events.isEmpty, !subscriptions.isEmpty else { return }
        let all = EventBatch(events)
        let withoutMessages = events.filter { !$0.isOfMessages }
        let some = withoutMessages.count == events.count ? all : EventBatch(withoutMessages)
        for subscription in subscriptions {
            let batch = subscription.messages ? all : some
            if !batch.events.isEmpty { subscription.offer(batch) }
        }
    }

    /// Ends all streams and refuses new ones.
    func finish() {
        let subscriptions = state.withLock { state in
            state.isFinished = true
            return state.entries.values.compactMap(\.subscription)
        }
        for subscription in subscriptions { subscription.end() }
        messageDemand.finish()
    }

    private func remove(_ key: Int) {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: key), entry.messages else { return }
            state.messageWatchers -= 1
            if state.messageWatchers == 0 { messageDemand.yield(false) }
        }
    }
}
