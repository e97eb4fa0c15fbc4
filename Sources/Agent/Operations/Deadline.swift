// SPDX-License-Identifier: Apache-2.0

import Shared

/// A limit on how long a caller waits.
struct Deadline: Sendable {
    private let milliseconds: Int
    private let clock: any Clock<Duration>

    /// - Throws: `INVALID_FIELD` if `timeoutMs` is out of range.
    init(timeoutMs: Int?, clock: any Clock<Duration>) throws(ClusterError) {
        let allowed = 1...600_000
        milliseconds = timeoutMs ?? 30_000
        self.clock = clock
        guard allowed.contains(milliseconds) else {
            throw ClusterError(
                .invalidArgument, .invalidField,
                "field timeoutMs: it must be from \(allowed.lowerBound) to \(allowed.upperBound)",
                metadata: ["field": "timeoutMs"])
        }
    }

    /// Cancels the wait when time is up. What it waited for goes on.
    /// - Throws: `DEADLINE_EXCEEDED`, or what the operation throws.
    func run<Value: Sendable>(_ operation: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            defer { group.cancelAll() }
            group.addTask(operation: operation)
            group.addTask {
                try await clock.sleep(for: .milliseconds(milliseconds))
                throw ClusterError(
                    .deadlineExceeded, .deadlineExceeded,
                    "the wait ran out after \(milliseconds) ms; the work itself goes on",
                    metadata: ["timeoutMs": "\(milliseconds)"])
            }
            for try await value in group { return value }
            preconditionFailure("one of two tasks returns or throws")
        }
    }
}
