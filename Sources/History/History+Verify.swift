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
        for check in checks {
            do {
                problems += try String.fetchAll(db, sql: check).filter { $0 != "ok" }
            } catch let error as DatabaseError where !error.isDamage {
                // A row that breaks one check must not prevent the others.
                problems.append(
                    "a check cannot be made: \(error.message ?? "SQLite error \(error.resultCode.rawValue)")")
            }
        }
        problems += try unreadableWorkers(db)
        let seqs = try seqBounds(db)
        let events = try Int.fetchOne(db, sql: "SELECT count(*) FROM events") ?? 0
        // Up to this seq, messages may be missing although other events are there.
        if let seqs, case let first = max(seqs.lowerBound, try MessageFloor.seq(db) + 1), first <= seqs.upperBound {
            let kept =
                try Int64.fetchOne(db, sql: "SELECT count(*) FROM events WHERE seq >= ?", arguments: [first]) ?? 0
            let missing = seqs.upperBound - first + 1 - kept
            if missing != 0 {
                problems.append("\(missing) of the seqs \(first) to \(seqs.upperBound) are missing")
            }
        }
        return HistoryFinding(
            events: events, seqs: seqs, workers: try Int.fetchOne(db, sql: "SELECT count(*) FROM workers") ?? 0,
            problems: problems)
    }

    private static func unreadableWorkers(_ db: Database) throws -> [String] {
        // Another version's file has other columns.
        guard try db.columns(in: "workers").contains(where: { $0.name == "node_id" }) else { return [] }
        var problems: [String] = []
        let rows = try Row.fetchCursor(db, sql: "SELECT \(WorkerInfo.columns) FROM workers")
        while let row = try rows.next() {
            guard (try? WorkerInfo(stored: row)) == nil else { continue }
            problems.append("worker \(try row.decode(Int.self, atIndex: 0)) cannot be read")
        }
        return problems
    }

    /// Each check gives one line per problem.
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
        """
        SELECT 'event ' || seq || ' holds no JSON object' FROM events
        WHERE CASE WHEN json_valid(data) THEN json_type(data) <> 'object' ELSE 1 END
        """,
    ]
}
