// SPDX-License-Identifier: Apache-2.0

import Shared

/// Operations that have their verdicts, and callers that wait for one.
struct OperationRecord {
    typealias Continuation = CheckedContinuation<OperationInfo, any Error>

    private struct Waiter {
        let operation: OperationID
        let continuation: Continuation
    }

    private static let capacity = 100

    /// Oldest first.
    private(set) var ended: [OperationInfo] = []
    private var waiters: [Int: Waiter] = [:]
    private var nextTicket = 0

    /// Nil if it has no verdict, or if too many have ended since.
    subscript(id: OperationID) -> OperationInfo? {
        ended.last { $0.id == id }
    }

    mutating func settle(_ info: OperationInfo) {
        ended.append(info)
        ended.removeFirst(max(0, ended.count - Self.capacity))
        for (ticket, waiter) in waiters where waiter.operation == info.id {
            waiters[ticket] = nil
            waiter.continuation.resume(returning: info)
        }
    }

    /// Names a wait before it begins, so that it can be cancelled at any time.
    mutating func makeTicket() -> Int {
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func add(_ continuation: Continuation, ticket: Int, _ operation: OperationID) {
        waiters[ticket] = Waiter(operation: operation, continuation: continuation)
    }

    mutating func cancel(_ ticket: Int) {
        waiters.removeValue(forKey: ticket)?.continuation.resume(throwing: CancellationError())
    }
}
