// SPDX-License-Identifier: Apache-2.0

/// What the verification of a history found.
package struct HistoryFinding: Hashable, Sendable {
    /// Events that are kept.
    package var events: Int
    /// The seqs of the rows. Nil if it concerns no row.
    package var seqs: ClosedRange<Int64>?
    /// Summaries of workers.
    package var workers: Int
    /// A line each; none if all is well.
    package var problems: [String]
}
