// SPDX-License-Identifier: Apache-2.0

import Logging
import Shared

/// Where the primary's events go: to each consumer's own queue, and to those who wait for a worker.
///
/// Used on the loop's thread alone.
final class EventHub {
    private let first = EventQueue(capacity: PrimaryEvents.standardCapacity)
    private let logger: Logger

    private var subscribers: [Subscriber] = []
    /// Who follows one worker.
    private var followers: [WorkerID: [Subscriber]] = [:]

    /// Goes with its stream: nobody else holds the queue.
    private struct Subscriber {
        weak var queue: EventQueue?
    }

    private var isClosed = false
    private var stopWaiters: [CheckedContinuation<[WorkerID], Never>] = []

    var waiters = WaitList()
    private(set) var departed = DepartedWorkers()

    init(logger: Logger) {
        self.logger = logger
    }

    /// All events from the start on, for one consumer.
    var events: PrimaryEvents { PrimaryEvents(first) }

    func publish(_ event: PrimaryEvent) {
        noteChange(event)
        if !first.offer(event) { logger.info("event dropped", metadata: ["number": "\(event.number)"]) }
        for subscriber in subscribers { _ = subscriber.queue?.offer(event) }
    }

    private func noteChange(_ event: PrimaryEvent) {
        guard let id = event.workerID else { return }
        if !followers.isEmpty {
            for follower in followers[id, default: []] { _ = follower.queue?.offer(event) }
        }
        // Messages do not change a worker's state, so do not copy it for each one.
        if case .message = event.kind { return }
        guard let worker = event.worker else { return }
        if worker.dead, !worker.connected { didDepart(worker) }
        waiters.didChange(worker)
    }

    /// The events from now on, for one more consumer.
    func subscribe(capacity: Int) -> PrimaryEvents {
        let queue = EventQueue(capacity: capacity)
        subscribers.removeAll { $0.queue == nil }
        if isClosed { queue.finish() }
        subscribers.append(Subscriber(queue: queue))
        return PrimaryEvents(queue)
    }

    /// - Parameter isThere: whether anything can still happen to the worker.
    func events(of id: WorkerID, isThere: Bool) -> AsyncStream<PrimaryEvent> {
        let queue = EventQueue(capacity: PrimaryEvents.standardCapacity)
        followers[id]?.removeAll { $0.queue == nil }
        if isThere, !isClosed { followers[id, default: []].append(Subscriber(queue: queue)) } else { queue.finish() }
        return AsyncStream { await queue.next(isolation: nil) }
    }

    private func didDepart(_ worker: WorkerInfo) {
        departed.insert(worker)
        for follower in followers.removeValue(forKey: worker.id) ?? [] { follower.queue?.finish() }
    }

    func addStopWaiter(_ continuation: CheckedContinuation<[WorkerID], Never>) {
        stopWaiters.append(continuation)
    }

    func didStop(left: [WorkerID]) {
        for waiter in stopWaiters { waiter.resume(returning: left) }
        stopWaiters = []
    }

    func close() {
        isClosed = true
        didStop(left: [])
        for subscriber in followers.values.joined() + subscribers { subscriber.queue?.finish() }
        followers = [:]
        subscribers = []
        waiters.cancelAll()
        first.finish()
    }
}
