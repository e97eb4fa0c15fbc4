// SPDX-License-Identifier: Apache-2.0

import Shared

/// Callers that wait until a worker has come to a milestone.
struct WaitList {
    typealias Continuation = CheckedContinuation<WorkerInfo, any Error>

    private struct Waiter {
        let worker: WorkerID
        let milestone: WorkerMilestone
        let continuation: Continuation
    }

    private var waiters: [Int: Waiter] = [:]
    private var nextTicket = 0

    /// Names a wait before it begins, so that it can be cancelled at any time.
    mutating func makeTicket() -> Int {
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func add(_ continuation: Continuation, ticket: Int, _ worker: WorkerID, _ milestone: WorkerMilestone) {
        waiters[ticket] = Waiter(worker: worker, milestone: milestone, continuation: continuation)
    }

    mutating func cancel(_ ticket: Int) {
        waiters.removeValue(forKey: ticket)?.continuation.resume(throwing: CancellationError())
    }

    /// Resumes the callers that waited for this.
    mutating func didChange(_ worker: WorkerInfo) {
        for (ticket, waiter) in waiters where waiter.worker == worker.id {
            guard let result = waiter.milestone.outcome(for: worker) else { continue }
            waiters[ticket] = nil
            waiter.continuation.resume(with: result.mapError { $0 as any Error })
        }
    }

    mutating func cancelAll() {
        for ticket in waiters.keys { cancel(ticket) }
    }
}
