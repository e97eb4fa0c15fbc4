// SPDX-License-Identifier: Apache-2.0

import GRDB

/// How the file is divided while it is past a limit. Each kind of row makes room only for its own excess: if summaries
/// fill the file, deleting events does not help.
struct HistoryShares {
    /// How many events there are. Their seqs do not tell, because messages are removed before others.
    private(set) var events: Int
    /// Roughly how much the summaries and the idempotency keys take. Everything else counts as events.
    private(set) var workers: Int64
    private(set) var keys: Int64

    /// Reads all three tables.
    init(_ db: Database) throws {
        events = try Int.fetchOne(db, sql: "SELECT count(*) FROM events") ?? 0
        workers = try Int64.fetchOne(db, sql: "SELECT coalesce(sum(\(Self.workerBytes)), 0) FROM workers") ?? 0
        keys = try Int64.fetchOne(db, sql: "SELECT coalesce(sum(\(Self.keyBytes)), 0) FROM idempotent_requests") ?? 0
    }

    /// Of one summary, with its entries in the indexes.
    static let workerBytes = """
        (250 + length(CAST(exec AS BLOB)) + length(CAST(args AS BLOB)) + length(CAST(listening AS BLOB)) \
        + coalesce(length(CAST(stderr AS BLOB)), 0))
        """
    /// Of one key. Its answer is ``answerBytes`` of them.
    static let keyBytes = "(150 + length(principal) + 2 * length(key) + \(answerBytes))"
    static let answerBytes = "coalesce(length(body), 0)"
    /// Of one event.
    static let eventBytes = "(100 + length(CAST(data AS BLOB)))"

    /// The excess over each share, in bytes.
    struct Excess {
        var events: Int64 = 0
        var workers: Int64 = 0
        var keys: Int64 = 0
    }

    /// A quarter is for summaries and an eighth for keys. Events may use the rest of these.
    /// - Parameter used: by all of them.
    func excess(used: Int64, limit: Int64) -> Excess {
        guard used > limit else { return Excess() }
        let (mostWorkers, mostKeys) = (limit / 4, limit / 8)
        return Excess(
            events: max(0, used - workers - keys - (limit - min(workers, mostWorkers) - min(keys, mostKeys))),
            workers: max(0, workers - mostWorkers), keys: max(0, keys - mostKeys))
    }

    mutating func didRemove(events: Int, workers: Int64, keys: Int64) {
        self.events -= events
        self.workers -= workers
        self.keys -= keys
    }
}
