// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared
import Synchronization

/// The events that wait for the consumer of ``PrimaryEvents``.
final class EventQueue: Sendable {
    fileprivate typealias Consumer = CheckedContinuation<PrimaryEvent?, Never>

    fileprivate struct State {
        fileprivate var waiting: Deque<PrimaryEvent> = []
        /// What the messages among them weigh, in bytes.
        fileprivate var messageBytes = 0
        var consumer: Consumer?
        var isFinished = false
        fileprivate var lost: UInt64 = 0
    }

    /// The most bytes that waiting messages may take. One message alone may take more.
    private static let maxMessageBytes = 64 << 20

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Messages get half of the room, so they never displace what happens to workers. The first message that finds no
    /// room becomes a gap, which also stands for the following ones.
    ///
    /// - Returns: false if there is no room.
    func offer(_ event: PrimaryEvent) -> Bool {
        let (isTaken, consumer) = state.withLock { state in
            guard !state.isFinished else { return (true, nil as Consumer?) }
            if let consumer = state.consumer.take() { return (true, consumer) }
            return (state.keep(event, capacity, Self.maxMessageBytes), nil)
        }
        consumer?.resume(returning: event)
        return isTaken
    }

    /// Events for which there was no room. Messages that became a gap are not among them.
    var lost: UInt64 { state.withLock { $0.lost } }

    /// Waiting events can still be read.
    func finish() {
        let consumer = state.withLock { state in
            state.isFinished = true
            return state.consumer.take()
        }
        consumer?.resume(returning: nil)
    }

    /// The oldest event that waits.
    func take() -> PrimaryEvent? {
        state.withLock { $0.popFirst() }
    }

    /// Waits for an event, and resumes on `actor`.
    ///
    /// - Returns: nil after the last one, and in a cancelled task.
    func next(isolation actor: isolated (any Actor)?) async -> PrimaryEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { consumer in
                let event = state.withLock { state -> PrimaryEvent?? in
                    if let event = state.popFirst() { return event }
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    precondition(state.consumer == nil, "the primary's events have one consumer")
                    state.consumer = consumer
                    return nil
                }
                if let event { consumer.resume(returning: event) }
            }
        } onCancel: {
            state.withLock { $0.consumer.take() }?.resume(returning: nil)
        }
    }
}

extension EventQueue.State {
    fileprivate mutating func popFirst() -> PrimaryEvent? {
        guard let event = waiting.popFirst() else { return nil }
        messageBytes -= event.messageBytes ?? 0
        return event
    }

    fileprivate mutating func keep(_ event: PrimaryEvent, _ capacity: Int, _ maxMessageBytes: Int) -> Bool {
        let bytes = event.messageBytes
        let isTooMuch = messageBytes > 0 && messageBytes + (bytes ?? 0) > maxMessageBytes
        if bytes != nil, isTooMuch || waiting.count >= capacity / 2 {
            let gap = waiting.last?.lostMessages
            if gap != nil { waiting.removeLast() }
            waiting.append(event.lost(after: gap))
            return true
        }
        guard waiting.count < capacity else {
            lost += 1
            return false
        }
        waiting.append(event)
        messageBytes += bytes ?? 0
        return true
    }
}

extension PrimaryEvent {
    /// The weight of a descriptor, because a process may have only a few hundred.
    private static let socketBytes = 1 << 16

    /// The weight of a message, or of the news that one was lost. Nil for what happens to workers.
    fileprivate var messageBytes: Int? {
        switch kind {
        case .message(let message): message.json.count + (message.socket == nil ? 0 : Self.socketBytes)
        case .messagesLost: 0
        default: nil
        }
    }

    /// Of several workers.
    fileprivate var lostMessages: (count: Int, since: Timestamp)? {
        guard workerID == nil, case .messagesLost(let count, let since, _) = kind else { return nil }
        return (count, since)
    }

    fileprivate func lost(after gap: (count: Int, since: Timestamp)?) -> PrimaryEvent {
        PrimaryEvent(
            number: number, time: time, worker: nil, requestID: nil,
            kind: .messagesLost(
                count: (gap?.count ?? 0) + 1, since: gap?.since ?? time, because: "more came than could be passed on"))
    }
}
