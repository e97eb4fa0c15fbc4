// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// One watcher's queue of published events, for one reader. It holds a limited number of events and bytes;
/// beyond it the queue is emptied and the reader told that it lagged.
final class Subscription: Sendable {
    /// What the reader gets.
    enum Delivery: Sendable {
        /// All that has come, in order; at least one.
        case batches([EventBatch])
        /// Nothing came for a while.
        case idle
        /// Events were lost to this watcher because it did not keep up; the history has them.
        case lagged
    }

    /// How it stands with the queue.
    enum Standing: Sendable {
        /// Exits: `lagged`, `ended`.
        case open
        /// Exits: `open`, `ended`. `lostUnstored` tells that the history does not have all that was lost.
        case lagged(lostUnstored: Bool)
        case ended
    }

    /// How much may wait.
    struct Limit: Sendable {
        var events = 10_000
        var bytes = 8 << 20
        /// Messages that are in no history.
        var messages = 5000
        var messageBytes = 32 << 20
    }

    /// Whether it gets `message` events.
    let messages: Bool
    private let state: Mutex<SubscriptionQueue>
    private let onLoss: @Sendable (_ messages: Int) -> Void
    private let onEnd: @Sendable () -> Void

    /// - Parameters:
    ///   - onLoss: called with the number of messages that this watcher is not shown, each time it misses some.
    ///   - onEnd: called once.
    init(
        messages: Bool, limit: Limit, onLoss: @escaping @Sendable (Int) -> Void, onEnd: @escaping @Sendable () -> Void
    ) {
        self.messages = messages
        self.onLoss = onLoss
        self.onEnd = onEnd
        state = Mutex(SubscriptionQueue(limit: limit))
    }

    deinit { end() }

    /// The next thing for the reader; nil at the end, which a cancelled task meets at once.
    func next() async -> Delivery? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { $0.take(orWait: continuation) }
                if case .now(let delivery) = outcome { continuation.resume(returning: delivery) }
            }
        } onCancel: {
            end()
        }
    }

    func offer(_ batch: EventBatch) {
        let (wake, lost) = state.withLock { queue in
            let before = queue.lostMessages
            return (queue.offer(batch), queue.lostMessages - before)
        }
        wake?.run()
        if lost > 0 { onLoss(lost) }
    }

    /// Lets the reader know that nothing has come, if it waits.
    func tick() {
        state.withLock { $0.tick() }?.run()
    }

    var standing: Standing { state.withLock { $0.standing } }

    /// Begins anew after a lag, for a reader that finds in the history what it has lost here.
    func restart() {
        state.withLock { $0.restart() }
    }

    /// Ends the reader's stream and frees the place. What still waits is not delivered.
    func end() {
        guard let wake = state.withLock({ $0.end() }) else { return }
        wake.run()
        onEnd()
    }
}
