// SPDX-License-Identifier: Apache-2.0

import Logging
import Shared

/// Where the primary's events go: to the stream, and to those who wait for a worker.
///
/// Used on the loop's thread alone.
final class EventOutlet {
    /// Events that may wait for the consumer. Lifecycle events are few; this is hours of them.
    private static let capacity = 100_000

    private let queue = EventQueue(capacity: capacity)
    private let logger: Logger

    /// Who follows one worker.
    private var followers: [WorkerID: [Follower]] = [:]

    /// Goes with its stream: nobody else holds the queue.
    private struct Follower {
        weak var queue: EventQueue?
    }

    private var stopWaiters: [CheckedContinuation<[WorkerID], Never>] = []

    var waiters = WaitList()
    private(set) var departed = DepartedWorkers()

    init(logger: Logger) {
        self.logger = logger
    }

    var events: PrimaryEvents { PrimaryEvents(queue) }

    func publish(_ event: PrimaryEvent) {
        noteChange(event)
        if !queue.offer(event) { logger.info("event dropped", metadata: ["number": "\(event.number)"]) }
    }

    private func noteChange(_ event: PrimaryEvent) {
        guard let id = event.workerID else { return }
        if !followers.isEmpty {
            for follower in followers[id, default: []] { _ = follower.queue?.offer(event) }
        }
        // A worker is after a message what it was before, and the whole of it is dear at each of very many.
        if case .message = event.kind { return }
        guard let worker = event.worker else { return }
        if worker.dead, !worker.connected { didDepart(worker) }
        waiters.didChange(worker)
    }

    /// - Parameter isThere: whether anything can still happen to it.
    func events(of id: WorkerID, isThere: Bool) -> AsyncStream<PrimaryEvent> {
        let queue = EventQueue(capacity: Self.capacity)
        followers[id]?.removeAll { $0.queue == nil }
        if isThere { followers[id, default: []].append(Follower(queue: queue)) } else { queue.finish() }
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
        didStop(left: [])
        for follower in followers.values.joined() { follower.queue?.finish() }
        followers = [:]
        waiters.cancelAll()
        queue.finish()
    }
}
