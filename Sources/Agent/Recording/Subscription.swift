// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// One watcher's queue of published events, for one reader. It holds a limited number of events and bytes. If that is
/// not enough, the queue is emptied and the reader is told that it lagged.
final class Subscription: Sendable {
    /// What the reader gets.
    enum Delivery: Sendable {
        /// Everything that has come, in order. At least one batch.
        case batches([EventBatch])
        /// Nothing came for a while.
        case idle
        /// Events that this watcher lost because it was too slow. The history has them.
        case lagged
    }

    /// The state of the queue.
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
        /// The limit for messages that are not in the history.
        var messages = 5000
        var messageBytes = 32 << 20
    }

    /// Whether it gets `message` events.
    let messages: Bool
    private let state: Mutex<SubscriptionQueue>
    private let onLoss: @Sendable (_ messages: Int) -> Void
    private let onEnd: @Sendable () -> Void

    /// - Parameters:
    ///   - onLoss: called with the number of missed messages, each time some are missed.
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

    /// The next element. Nil at the end, and at once in a cancelled task.
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

    /// Tells a waiting reader that nothing has come.
    func tick() {
        state.withLock { $0.tick() }?.run()
    }

    var standing: Standing { state.withLock { $0.standing } }

    /// Begins anew after a lag, for a reader that finds the lost events in the history.
    func restart() {
        state.withLock { $0.restart() }
    }

    /// Ends the reader's stream and frees the place. What still waits is dropped.
    func end() {
        guard let wake = state.withLock({ $0.end() }) else { return }
        wake.run()
        onEnd()
    }
}
