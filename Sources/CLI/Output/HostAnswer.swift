// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// The result of a command at one host, in both forms of output.
struct HostAnswer: Sendable {
    /// The agent's reply. Nil if it did not reply.
    var json: RawJSON?
    /// The rows for each table of the report.
    var rows: [[Table.Row]] = []
    var failures: [Failure] = []
    /// How many calls succeeded.
    var successes = 0
    /// The agent's version, if it was asked for.
    var version: String?

    init(json: RawJSON, rows: [Table.Row], more: [[Table.Row]] = []) {
        self.json = json
        self.rows = [rows] + more
        self.successes = 1
    }

    /// An operation that has begun, as a row.
    init(begun operation: OperationAnswer) {
        self.init(json: operation.json, rows: [OperationTable.row(operation.info, now: .now)])
        failures = Failure(operation.info).map { [$0] } ?? []
        successes = failures.isEmpty ? 1 : 0
    }

    /// An operation that has ended. Its progress was shown already.
    init(_ end: (operation: OperationAnswer, failure: Failure?)) {
        self.init(json: end.operation.json, rows: [])
        failures = end.failure.map { [$0] } ?? []
        successes = failures.isEmpty ? 1 : 0
    }

    init(_ failure: Failure, rows: [Table.Row] = []) {
        self.failures = [failure]
        self.rows = [rows]
    }
}
