// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared
import Synchronization

extension History {
    /// How much one step removes: a few milliseconds' work, between which events are stored.
    static let pruneStep = (rows: 1000, bytes: Int64(4 << 20), pages: 1024)

    /// Removes some rows that are past their limits, and gives some free pages back. Repeat it until a step is the
    /// last.
    /// - Parameter hold: what waits to be forwarded. Nil: nothing does.
    package func prune(
        _ retention: HistoryRetention, hold: HistoryHold? = nil, now: Timestamp = .now
    ) async throws -> PruneStep {
        if shares.withLock({ $0 == nil }) {
            // Beside the writer, because it reads whole tables, and once for all steps.
            let measured = try await perform { history in
                try history.read { try Pruning.isPastLimit($0, retention) ? HistoryShares($0) : nil }
            }
            shares.withLock { $0 = measured }
        }
        let step = try await onWriter { history in
            try history.writing { opened in
                try opened.writer.writeWithoutTransaction { db in
                    var pruning = Pruning(
                        db: db, retention: retention, hold: hold, now: now, message: opened.eventTypes[.message],
                        shares: history.shares.withLock { $0 })
                    let step = try pruning.run()
                    history.shares.withLock { $0 = step.isLast ? nil : pruning.shares }
                    // Only now the file gets shorter (https://www.sqlite.org/wal.html).
                    if step.pages > 0, step.pages < Self.pruneStep.pages { _ = try? db.checkpoint(.passive) }
                    return step
                }
            }
        }
        return step
    }
}
