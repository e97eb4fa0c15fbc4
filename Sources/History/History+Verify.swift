// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension History {
    /// Reads the whole file and holds it against SQLite's rules and the history's own.
    package func verify() throws -> HistoryFinding {
        do {
            return try read(Self.verify)
        } catch let error as ClusterError where (error.cause as? DatabaseError)?.isDamage == true {
            return HistoryFinding(
                events: 0, seqs: nil, workers: 0, problems: ["it cannot be read to its end; \(Self.rescue)"])
        }
    }

    private static func verify(_ db: Database) throws -> HistoryFinding {
        var problems: [String] = []
        for check in checks { problems += try String.fetchAll(db, sql: check).filter { $0 != "ok" } }
        let seqs = try seqBounds(db)
        let events = try Int.fetchOne(db, sql: "SELECT count(*) FROM events") ?? 0
        if let seqs, seqs.count != events {
            problems.append("\(seqs.count - events) of the seqs \(seqs.lowerBound) to \(seqs.upperBound) are missing")
        }
        return HistoryFinding(
            events: events, seqs: seqs, workers: try Int.fetchOne(db, sql: "SELECT count(*) FROM workers") ?? 0,
            problems: problems)
    }

    /// Each gives a line a problem.
    private static let checks = [
        "PRAGMA integrity_check",
        """
        SELECT 'event ' || max(seq) || ' is beyond the last seq that was given' FROM events
        HAVING max(seq) > (SELECT seq FROM sqlite_sequence WHERE name = 'events')
        """,
        """
        SELECT 'worker ' || max(id) || ' is beyond the last id that was given' FROM workers
        HAVING max(id) > (SELECT seq FROM sqlite_sequence WHERE name = 'workers')
        """,
        """
        SELECT 'the time of event ' || events.seq || ' is not in the index by time'
        FROM events LEFT JOIN time_spans ON first_seq = events.seq - events.seq % 1024
        WHERE first_seq IS NULL OR time_ms < oldest_ms OR time_ms > newest_ms
        """,
        """
        SELECT 'worker ' || worker_id || ' has ' || count(*) || ' events ' || event_types.name
        FROM events JOIN event_types ON event_types.code = events.type
        WHERE event_types.name IN ('fork', 'online', 'disconnect', 'exit') AND worker_id IS NOT NULL
        GROUP BY worker_id, type HAVING count(*) > 1
        """,
        """
        SELECT 'event ' || seq || ' has an unknown type' FROM events
        WHERE type NOT IN (SELECT code FROM event_types)
        """,
    ]
}
