// SPDX-License-Identifier: Apache-2.0

import Logging

/// Where a worker's events and messages go. Used on the loop's thread alone.
final class WorkerOutlet {
    /// Messages that may wait for the program.
    private static let capacity = 100_000

    let events: AsyncStream<WorkerEvent>
    let messages: AsyncStream<WorkerMessage>
    private let eventContinuation: AsyncStream<WorkerEvent>.Continuation
    private let messageContinuation: AsyncStream<WorkerMessage>.Continuation
    private let logger: Logger
    private var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextTicket = 0
    private var isLeaving = false

    init(logger: Logger) {
        self.logger = logger
        (events, eventContinuation) = AsyncStream.makeStream()
        (messages, messageContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    func publish(_ event: WorkerEvent) {
        eventContinuation.yield(event)
        switch event {
        case .listening: break
        case .leaving: leave()
        case .disconnect:
            leave()
            eventContinuation.finish()
            messageContinuation.finish()
        }
    }

    func publish(_ message: WorkerMessage) {
        if case .dropped = messageContinuation.yield(message) {
            logger.warning("message dropped: nobody reads what the primary sends")
        }
    }

    private func leave() {
        isLeaving = true
        for waiter in waiters.values { waiter.resume() }
        waiters = [:]
    }

    /// Names a wait before it begins, so that it can be cancelled at any time.
    func makeTicket() -> Int {
        defer { nextTicket += 1 }
        return nextTicket
    }

    func addWaiter(_ continuation: CheckedContinuation<Void, Never>, ticket: Int) {
        if isLeaving { continuation.resume() } else { waiters[ticket] = continuation }
    }

    func cancelWaiter(_ ticket: Int) {
        waiters.removeValue(forKey: ticket)?.resume()
    }
}
