// SPDX-License-Identifier: Apache-2.0

import Contract
import History
import Shared

/// How many workers ended in each of the last hours.
struct ExitStatistics: Sendable {
    private static let shown = 24
    private static let hour: Int64 = 3_600_000

    let reader: HistoryReader

    /// - Throws: `HISTORY_UNAVAILABLE`
    func hours(until now: Timestamp) async throws -> ExitsReply {
        let last = now.milliseconds / Self.hour
        let starts = ((last - Int64(Self.shown) + 1)...last).map { Timestamp(milliseconds: $0 * Self.hour) }
        let (counts, through) = try await reader.read { try $0.exitCounts(since: starts[0]) }
        let byHour = Dictionary(counts.map { ($0.hour, $0) }) { first, _ in first }
        return ExitsReply(
            throughSeq: through,
            hours: starts.map { start in
                ExitsReply.Hour(
                    start: start, exits: byHour[start]?.exits ?? 0, failures: byHour[start]?.failures ?? 0)
            })
    }
}
