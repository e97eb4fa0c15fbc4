// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared
import Synchronization

/// The events that wait for the primary's one consumer.
final class EventQueue: Sendable {
    fileprivate struct State {
        var waiting: Deque<PrimaryEvent> = []
        var consumer: CheckedContinuation<PrimaryEvent?, Never>?
        var isFinished = false
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// What the consumer reads. It ends after ``finish()``, or when the consumer's task is cancelled.
    var events: AsyncStream<PrimaryEvent> {
        AsyncStream {
            await self.next()
        } onCancel: {
            self.finish()
        }
    }

    /// Messages get half of the room, so that they never displace what happens to workers. The first that finds none
    /// becomes a gap, which takes in those that follow.
    ///
    /// - Returns: false where there is no room.
    func offer(_ event: PrimaryEvent) -> Bool {
        let (isTaken, consumer) = state.withLock { state in
            guard !state.isFinished else { return (true, nil as CheckedContinuation<PrimaryEvent?, Never>?) }
            if let consumer = state.consumer {
                state.consumer = nil
                return (true, consumer)
            }
            return (state.keep(event, capacity), nil)
        }
        consumer?.resume(returning: event)
        return isTaken
    }

    /// What waits can still be read.
    func finish() {
        let consumer = state.withLock { state in
            state.isFinished = true
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume(returning: nil)
    }

    private func next() async -> PrimaryEvent? {
        // Of many events in a row none costs a continuation.
        if let event = state.withLock({ $0.waiting.popFirst() }) { return event }
        return await withCheckedContinuation { continuation in
            let event = state.withLock { state -> PrimaryEvent?? in
                if let event = state.waiting.popFirst() { return event }
                if state.isFinished { return .some(nil) }
                precondition(state.consumer == nil, "the primary's events have one consumer")
                state.consumer = continuation
                return nil
            }
            if let event { continuation.resume(returning: event) }
        }
    }
}

extension EventQueue.State {
    fileprivate mutating func keep(_ event: PrimaryEvent, _ capacity: Int) -> Bool {
        if case .message = event.kind, waiting.count >= capacity / 2 {
            let gap = waiting.last?.lostMessages
            if gap != nil { waiting.removeLast() }
            waiting.append(event.lost(after: gap))
            return true
        }
        guard waiting.count < capacity else { return false }
        waiting.append(event)
        return true
    }
}

extension PrimaryEvent {
    /// Of several workers.
    fileprivate var lostMessages: (count: Int, since: Timestamp)? {
        guard worker == nil, case .messagesLost(let count, let since, _) = kind else { return nil }
        return (count, since)
    }

    fileprivate func lost(after gap: (count: Int, since: Timestamp)?) -> PrimaryEvent {
        PrimaryEvent(
            number: number, time: time, worker: nil, requestID: nil,
            kind: .messagesLost(
                count: (gap?.count ?? 0) + 1, since: gap?.since ?? time, because: "more came than could be passed on"))
    }
}
