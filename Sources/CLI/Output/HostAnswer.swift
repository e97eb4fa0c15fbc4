// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// What came of a command at one host, in both forms in which it can be shown.
struct HostAnswer: Sendable {
    /// The agent's reply; nil where there is none.
    var json: RawJSON?
    /// For each of the report's tables, its rows.
    var rows: [[Table.Row]] = []
    var failures: [Failure] = []
    /// How many things were done.
    var successes = 0
    /// The agent's version, where it was asked for.
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

    /// An operation whose end was waited for. Its lines have been told.
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
