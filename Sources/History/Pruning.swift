// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

/// One step of pruning.
struct Pruning {
    let db: Database
    let retention: HistoryRetention
    let hold: HistoryHold?
    let now: Timestamp
    /// The number of the type `message`.
    let message: Int64?
    /// Nil while the file is not past its limit.
    private(set) var shares: HistoryShares?

    /// The last seq that may be removed.
    private var lastRemovable = Int64.max

    init(
        db: Database, retention: HistoryRetention, hold: HistoryHold?, now: Timestamp, message: Int64?,
        shares: HistoryShares?
    ) {
        self.db = db
        self.retention = retention
        self.hold = hold
        self.now = now
        self.message = message
        self.shares = shares
    }

    mutating func run() throws -> PruneStep {
        var step = PruneStep()
        try db.inTransaction(.immediate) {
            if let hold {
                try History.note(hold, db)
                if let bounds = try History.seqBounds(db) {
                    lastRemovable = hold.lastRemovable(of: bounds, used: try Self.usedBytes(db))
                }
            }
            var excess = HistoryShares.Excess()
            if let maxBytes = retention.maxBytes, let shares {
                excess = shares.excess(used: try Self.usedBytes(db), limit: maxBytes)
            }
            step.events = try pruneEvents(excess.events)
            let workers = try pruneWorkers(excess.workers)
            let keys = try pruneKeys(excess.keys)
            (step.workers, step.keys) = (workers.count, keys.count)
            shares?.didRemove(events: step.events, workers: workers.bytes, keys: keys.bytes)
            return .commit
        }
        let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
        if free > 0, try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") == OpenDatabase.incremental {
            try db.execute(sql: "PRAGMA incremental_vacuum(\(History.pruneStep.pages))")
            step.pages = free - (try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0)
        }
        return step
    }

    /// What the file holds, without its free pages.
    static func usedBytes(_ db: Database) throws -> Int64 {
        let numbers = try ["page_count", "freelist_count", "page_size"].map { name in
            try Int64.fetchOne(db, sql: "PRAGMA \(name)") ?? 0
        }
        return (numbers[0] - numbers[1]) * numbers[2]
    }

    /// Whether the number of events or the size of the file requires that events are removed.
    static func isPastLimit(_ db: Database, _ retention: HistoryRetention) throws -> Bool {
        if let maxBytes = retention.maxBytes, try usedBytes(db) > maxBytes { return true }
        guard let maxEvents = retention.maxEvents, let bounds = try History.seqBounds(db) else { return false }
        return bounds.upperBound &- bounds.lowerBound >= Int64(max(0, maxEvents))
    }

    // MARK: Events

    /// Old events are removed first. Otherwise messages are removed before other events: workers decide how many
    /// messages there are, and must not push out what the agent has recorded.
    ///
    /// - Parameter excess: bytes that events have to give up.
    private func pruneEvents(_ excess: Int64) throws -> Int {
        guard let bounds = try History.seqBounds(db) else { return 0 }
        var keptFrom = bounds.lowerBound
        if let maxAge = retention.maxAge {
            keptFrom = max(keptFrom, try firstEventToKeep(notOlderThan: now.earlier(by: maxAge), of: bounds))
        }
        let surplus = retention.maxEvents.map { max(0, (shares?.events ?? 0) - max(0, $0)) } ?? 0
        if keptFrom == bounds.lowerBound, let messages = try pruneMessages(surplus, excess), messages > 0 {
            return messages
        }
        let (end, count) = try oldest("", []) { seq, count, bytes in
            seq < keptFrom || count < surplus || bytes < excess
        }
        guard count > 0 else { return 0 }
        try db.execute(sql: "DELETE FROM events WHERE seq <= ?", arguments: [end])
        try db.execute(sql: "DELETE FROM time_spans WHERE first_seq <= ?", arguments: [end &- 1023])
        return count
    }

    private func pruneMessages(_ surplus: Int, _ excess: Int64) throws -> Int? {
        guard let message, surplus > 0 || excess > 0 else { return nil }
        let (end, count) = try oldest("WHERE type = ?", [message]) { _, count, bytes in
            count < surplus || bytes < excess
        }
        guard count > 0 else { return nil }
        try db.execute(sql: "DELETE FROM events WHERE type = ? AND seq <= ?", arguments: [message, end])
        try MessageFloor.raise(to: end, db)
        return count
    }

    /// The oldest events to remove in this step, one by one, because a thousand messages may be a gigabyte.
    ///
    /// - Parameter goes: gets an event's seq, and the number and bytes of those before it.
    /// - Returns: the last of them, and how many there are.
    private func oldest(
        _ condition: String, _ arguments: StatementArguments, goes: (Int64, Int, Int64) -> Bool
    ) throws -> (end: Int64, count: Int) {
        var (end, count, bytes) = (Int64(0), 0, Int64(0))
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT seq, \(HistoryShares.eventBytes) FROM events \(condition) ORDER BY seq \
                LIMIT \(History.pruneStep.rows)
                """, arguments: arguments)
        while bytes < History.pruneStep.bytes, let row = try rows.next() {
            let seq = try row.decode(Int64.self, atIndex: 0)
            guard seq <= lastRemovable, goes(seq, count, bytes) else { break }
            (end, count, bytes) = (seq, count + 1, bytes + (try row.decode(Int64.self, atIndex: 1)))
        }
        return (end, count)
    }

    /// Stamps may be wrong, because the clock may have been set. An event with a stamp between `time` and now is young.
    /// So are the events after it, and the event right before it unless its own stamp is old. A stamp in the future
    /// tells nothing, and such an event is removed with those that follow it.
    private func firstEventToKeep(notOlderThan time: Timestamp, of bounds: ClosedRange<Int64>) throws -> Int64 {
        let young = try Int64.fetchOne(
            db, sql: Self.firstYoung, arguments: ["time": time.milliseconds, "now": now.milliseconds])
        let old = try Int64.fetchOne(
            db, sql: Self.lastOld, arguments: ["time": time.milliseconds, "young": young ?? Int64.max])
        return old.map { $0 &+ 1 } ?? bounds.lowerBound
    }

    static let firstYoung = """
        SELECT seq FROM time_spans CROSS JOIN events ON seq >= first_seq AND seq < first_seq + 1024 \
        WHERE newest_ms >= :time AND oldest_ms <= :now AND time_ms BETWEEN :time AND :now \
        ORDER BY first_seq, seq LIMIT 1
        """
    static let lastOld = """
        SELECT seq FROM time_spans CROSS JOIN events ON seq >= first_seq AND seq < first_seq + 1024 \
        WHERE oldest_ms < :time AND first_seq < :young AND seq < :young AND time_ms < :time \
        ORDER BY first_seq DESC, seq DESC LIMIT 1
        """

    // MARK: Summaries of workers

    private func pruneWorkers(_ excess: Int64) throws -> (count: Int, bytes: Int64) {
        let end = retention.maxWorkerAge.map { now.earlier(by: $0).milliseconds } ?? .min
        return try remove(
            Self.endedWorkers, excess: excess, isOld: { $0 < end }, with: "DELETE FROM workers WHERE id = ?")
    }

    static let endedWorkers = """
        SELECT id, coalesce(exited_ms, disconnected_ms, forked_ms), \(HistoryShares.workerBytes) \
        FROM workers INDEXED BY workers_by_end WHERE dead = 1 \
        ORDER BY coalesce(exited_ms, disconnected_ms, forked_ms) LIMIT \(History.pruneStep.rows)
        """

    // MARK: Idempotency keys

    /// A key without its answer still keeps its command from being done twice, so answers are removed first.
    private func pruneKeys(_ excess: Int64) throws -> (count: Int, bytes: Int64) {
        let end = now.earlier(by: .milliseconds(History.idempotencyMilliseconds)).milliseconds
        let expired = try remove(
            Self.keys, excess: 0, isOld: { $0 <= end },
            with: "DELETE FROM idempotent_requests WHERE id = ?")
        guard expired.count == 0, excess > 0 else { return expired }
        let answers = try remove(
            Self.answers, excess: excess, isOld: { _ in false },
            with: "UPDATE idempotent_requests SET status = NULL, body = NULL WHERE id = ?")
        guard answers.count == 0 else { return answers }
        return try remove(
            Self.keys, excess: excess, isOld: { _ in false }, with: "DELETE FROM idempotent_requests WHERE id = ?")
    }

    static let keys = """
        SELECT id, begun_ms, \(HistoryShares.keyBytes) FROM idempotent_requests \
        INDEXED BY idempotent_requests_by_age ORDER BY begun_ms LIMIT \(History.pruneStep.rows)
        """
    static let answers = """
        SELECT id, begun_ms, \(HistoryShares.answerBytes) FROM idempotent_requests \
        INDEXED BY idempotent_requests_by_age WHERE body IS NOT NULL ORDER BY begun_ms LIMIT \(History.pruneStep.rows)
        """

    /// Goes through rows of an id, a time and a size, oldest first, up to the first one that may stay.
    private func remove(
        _ query: String, excess: Int64, isOld: (Int64) -> Bool, with statement: String
    ) throws -> (count: Int, bytes: Int64) {
        var (ids, bytes) = ([Int64](), Int64(0))
        let rows = try Row.fetchCursor(db, sql: query)
        while bytes < History.pruneStep.bytes, let row = try rows.next() {
            guard isOld(try row.decode(atIndex: 1)) || bytes < excess else { break }
            ids.append(try row.decode(atIndex: 0))
            bytes += try row.decode(Int64.self, atIndex: 2)
        }
        let removal = try db.cachedStatement(sql: statement)
        for id in ids { try removal.execute(arguments: [id]) }
        return (ids.count, bytes)
    }
}

extension Timestamp {
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        let seconds = duration.components.seconds.multipliedReportingOverflow(by: 1000)
        let (result, overflow) = milliseconds.subtractingReportingOverflow(seconds.partialValue)
        return Timestamp(milliseconds: seconds.overflow || overflow ? .min : result)
    }
}
