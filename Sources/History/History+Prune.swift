// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared

extension History {
    /// How much one step removes: a few milliseconds' work, between which events are stored.
    static let pruneStep = (rows: 1000, pages: 256)

    /// Removes some of what is past its limits, and gives some free pages back. To be repeated until a step is the last.
    package func prune(_ retention: HistoryRetention, now: Timestamp = .now) async throws -> PruneStep {
        try await onWriter { history in
            try history.writing { opened in
                try opened.writer.writeWithoutTransaction { db in try Self.prune(db, retention, now) }
            }
        }
    }

    private static func prune(_ db: Database, _ retention: HistoryRetention, _ now: Timestamp) throws -> PruneStep {
        var step = PruneStep()
        try db.inTransaction(.immediate) {
            step.events = try pruneEvents(db, retention, now)
            step.workers = try pruneWorkers(db, retention, now)
            return .commit
        }
        let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        if free > 0, try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") == OpenDatabase.incremental {
            try db.execute(sql: "PRAGMA incremental_vacuum(\(pruneStep.pages))")
            step.pages = free - (try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0)
        }
        return step
    }

    private static func pruneEvents(_ db: Database, _ retention: HistoryRetention, _ now: Timestamp) throws -> Int {
        guard let bounds = try seqBounds(db) else { return 0 }
        var keptFrom = bounds.lowerBound
        if let maxEvents = retention.maxEvents {
            keptFrom = max(keptFrom, bounds.upperBound &- Int64(max(0, maxEvents)) &+ 1)
        }
        if let maxAge = retention.maxAge {
            keptFrom = max(keptFrom, try firstEvent(db, from: now.earlier(by: maxAge)) ?? bounds.upperBound &+ 1)
        }
        if let maxBytes = retention.maxBytes, try usedBytes(db) > maxBytes {
            keptFrom = bounds.upperBound &+ 1
        }
        let end = min(keptFrom, bounds.lowerBound &+ Int64(pruneStep.rows))
        guard end > bounds.lowerBound else { return 0 }
        try db.execute(sql: "DELETE FROM events WHERE seq < ?", arguments: [end])
        let count = db.changesCount
        try db.execute(sql: "DELETE FROM time_spans WHERE first_seq <= ?", arguments: [end &- 1024])
        return count
    }

    /// The first event that is not older than `time`. What stands behind it stays, also where the clock was set back.
    private static func firstEvent(_ db: Database, from time: Timestamp) throws -> Int64? {
        let span = try Int64.fetchOne(
            db, sql: "SELECT first_seq FROM time_spans WHERE newest_ms >= ? ORDER BY first_seq LIMIT 1",
            arguments: [time.milliseconds])
        guard let span else { return nil }
        return try Int64.fetchOne(
            db, sql: "SELECT seq FROM events WHERE seq >= ? AND time_ms >= ? ORDER BY seq LIMIT 1",
            arguments: [span, time.milliseconds])
    }

    /// What the file holds, without its free pages.
    private static func usedBytes(_ db: Database) throws -> Int64 {
        let numbers = try ["page_count", "freelist_count", "page_size"].map { name in
            try Int64.fetchOne(db, sql: "PRAGMA \(name)") ?? 0
        }
        return (numbers[0] - numbers[1]) * numbers[2]
    }

    private static func pruneWorkers(_ db: Database, _ retention: HistoryRetention, _ now: Timestamp) throws -> Int {
        guard let maxAge = retention.maxWorkerAge else { return 0 }
        try db.execute(
            sql: """
                DELETE FROM workers WHERE id IN (
                    SELECT id FROM workers INDEXED BY workers_by_end
                    WHERE dead = 1 AND coalesce(exited_ms, disconnected_ms, forked_ms) < ?
                    ORDER BY coalesce(exited_ms, disconnected_ms, forked_ms) LIMIT ?)
                """, arguments: [now.earlier(by: maxAge).milliseconds, pruneStep.rows])
        return db.changesCount
    }
}

extension Timestamp {
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        let seconds = duration.components.seconds.multipliedReportingOverflow(by: 1000)
        let (result, overflow) = milliseconds.subtractingReportingOverflow(seconds.partialValue)
        return Timestamp(milliseconds: seconds.overflow || overflow ? .min : result)
    }
}
