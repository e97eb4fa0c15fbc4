// SPDX-License-Identifier: Apache-2.0

import Logging

/// The destination of a worker's events and messages. Used on the loop's thread alone.
final class WorkerOutlet {
    /// How far a worker is on its way out.
    enum Stage: Int, Comparable {
        case there, leaving, disconnected

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    /// Messages that may wait for the program.
    private static let capacity = 100_000

    let events: AsyncStream<WorkerEvent>
    let messages: AsyncStream<WorkerMessage>
    private let eventContinuation: AsyncStream<WorkerEvent>.Continuation
    private let messageContinuation: AsyncStream<WorkerMessage>.Continuation
    private let logger: Logger
    private var waiters: [Int: (stage: Stage, continuation: CheckedContinuation<Void, Never>)] = [:]
    private var nextTicket = 0
    private var stage = Stage.there

    init(logger: Logger) {
        self.logger = logger
        (events, eventContinuation) = AsyncStream.makeStream()
        (messages, messageContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.capacity))
    }

    func publish(_ event: WorkerEvent) {
        eventContinuation.yield(event)
        switch event {
        case .listening: break
        case .leaving: reach(.leaving)
        case .disconnect:
            reach(.disconnected)
            eventContinuation.finish()
            messageContinuation.finish()
        }
    }

    func publish(_ message: WorkerMessage) {
        if case .dropped = messageContinuation.yield(message) {
            logger.warning("message dropped: nobody reads what the primary sends")
        }
    }

    private func reach(_ stage: Stage) {
        self.stage = stage
        for (ticket, waiter) in waiters where waiter.stage <= stage {
            waiters[ticket] = nil
            waiter.continuation.resume()
        }
    }

    /// Names a wait before it begins, so that it can be cancelled at any time.
    func makeTicket() -> Int {
        defer { nextTicket += 1 }
        return nextTicket
    }

    func addWaiter(_ continuation: CheckedContinuation<Void, Never>, for stage: Stage, ticket: Int) {
        if stage <= self.stage { continuation.resume() } else { waiters[ticket] = (stage, continuation) }
    }

    func cancelWaiter(_ ticket: Int) {
        waiters.removeValue(forKey: ticket)?.continuation.resume()
    }
}
