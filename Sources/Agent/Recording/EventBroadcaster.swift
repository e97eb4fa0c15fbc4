// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// Gives each published event to all watchers. A watcher that does not read costs the others nothing: its queue is
/// bounded, and publishing never waits.
final class EventBroadcaster: Sendable {
    /// Whether somebody watches messages. The newest demand counts. The one consumer tells the primary whether to make
    /// `message` events, and then calls ``didPassOn(_:)``.
    let demands: AsyncStream<Demand>

    struct Demand: Hashable, Sendable {
        let isWanted: Bool
        /// Counts the demands from 1.
        let number: UInt64

        /// Fixed values.
        static func last(isWanted: Bool) -> Demand { Demand(isWanted: isWanted, number: .max) }
    }

    fileprivate struct Entry {
        // Only the watcher holds its subscription, so a watcher that is dropped anywhere frees its place.
        weak var subscription: Subscription?
        let messages: Bool
    }

    fileprivate struct State {
        var entries: [Int: Entry] = [:]
        var places: WatcherPlaces
        var messageWatchers = 0
        var lastDemand: UInt64 = 0
        var lostMessages = 0
        var isFinished = false
    }

    private let state: Mutex<State>
    private let demand: AsyncStream<Demand>.Continuation
    private let passedOn = SettleLine()
    private let limit: Subscription.Limit

    init(maxWatchers: Int = 1000, limit: Subscription.Limit = Subscription.Limit()) {
        state = Mutex(State(places: WatcherPlaces(limit: maxWatchers)))
        self.limit = limit
        (demands, demand) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many watch.
    var watchers: Int { state.withLock { $0.entries.count } }

    /// Who watches, in no order.
    var present: [PresentWatcher] { state.withLock { $0.places.present } }

    /// Messages that a watcher missed because it read too slowly, summed over all watchers.
    var lostMessages: Int { state.withLock { $0.lostMessages } }

    /// Subscribes to each event from now on. `message` events come only if `messages` is true.
    ///
    /// If all places are taken, another watcher may have to go; see `WatcherPlaces`.
    /// - Throws: `RESOURCE_EXHAUSTED` (`TOO_MANY_WATCHERS`), `UNAVAILABLE` (`SHUTTING_DOWN`) after ``finish()``.
    func subscribe(
        messages: Bool, for owner: WatcherOwner = WatcherOwner()
    ) throws(ClusterError) -> Subscription {
        let (subscription, displaced) = try state.withLock { state throws(ClusterError) in
            guard !state.isFinished else {
                throw ClusterError(.unavailable, .shuttingDown, "the agent is shutting down; try again later")
            }
            let (key, other) = try state.places.take(for: owner)
            let displaced = other.flatMap { state.entries[$0]?.subscription }
            if let other { leave(other, &state) }
            let subscription = Subscription(messages: messages, limit: limit) { [self] lost in
                didLose(lost)
            } onEnd: { [self] in
                remove(key)
            }
            state.entries[key] = Entry(subscription: subscription, messages: messages)
            if messages {
                state.messageWatchers += 1
                if state.messageWatchers == 1 { change(true, &state) }
            }
            return (subscription, displaced)
        }
        displaced?.end()
        return subscription
    }

    /// Called by one task only, so that all watchers see the same order.
    func publish(_ events: [Event]) {
        let subscriptions = state.withLock { $0.entries.values.compactMap(\.subscription) }
        guard !events.isEmpty, !subscriptions.isEmpty else { return }
        for all in EventBatch.batches(of: events, atMost: Self.batchBytes) {
            let withoutMessages = all.events.filter { !$0.isOfMessages }
            let some = withoutMessages.count == all.events.count ? all : EventBatch(withoutMessages)
            for subscription in subscriptions {
                let batch = subscription.messages ? all : some
                if !batch.events.isEmpty { subscription.offer(batch) }
            }
        }
    }

    /// A watcher's queue takes a whole batch or nothing of it.
    private static let batchBytes = 1 << 20

    /// Ends all streams and refuses new ones.
    func finish() {
        let subscriptions = state.withLock { state in
            state.isFinished = true
            return state.entries.values.compactMap(\.subscription)
        }
        for subscription in subscriptions { subscription.end() }
        demand.finish()
        passedOn.stop()
    }

    private func didLose(_ messages: Int) {
        state.withLock { $0.lostMessages += messages }
    }

    private func remove(_ key: Int) {
        state.withLock { leave(key, &$0) }
    }

    private func leave(_ key: Int, _ state: inout State) {
        guard let entry = state.entries.removeValue(forKey: key) else { return }
        state.places.leave(key)
        guard entry.messages else { return }
        state.messageWatchers -= 1
        if state.messageWatchers == 0 { change(false, &state) }
    }

    private func change(_ isWanted: Bool, _ state: inout State) {
        state.lastDemand += 1
        demand.yield(Demand(isWanted: isWanted, number: state.lastDemand))
    }

    /// The primary has learned of the demand.
    func didPassOn(_ demand: Demand) {
        passedOn.advance(to: demand.number)
    }

    /// Returns when the primary knows the current demand, or does not learn of it in time.
    func settleDemand(clock: any Clock<Duration>) async {
        await passedOn.wait(for: state.withLock(\.lastDemand), atMost: .seconds(2), clock: clock)
    }
}
