// SPDX-License-Identifier: Apache-2.0

import FleetMigrations
import Shared

/// The partitions of `fleet.events`, one a day.
extension PostgresSession {
    /// Days are numbered from 1970 in UTC.
    static func day(of time: Timestamp) -> Int64 {
        let (days, rest) = time.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        return rest < 0 ? days - 1 : days
    }

    private static let partition = "'fleet.events_' || to_char(date '1970-01-01' + $1::integer, 'YYYYMMDD')"

    /// Today by the server's clock. An agent whose own clock is wrong must not decide what is old.
    static let today = "((now() AT TIME ZONE 'UTC')::date - date '1970-01-01')::bigint"

    /// Makes the partition of a day, unless there is one, or events of that day are in the default partition.
    /// - Parameter moves: whether such events move, which keeps all waiting.
    func ensurePartition(ofDay day: Int64, moves: Bool = false) throws(PostgresError) {
        var exists = false
        try run("SELECT to_regclass(\(Self.partition)) IS NOT NULL", [.integer(day)]) { row throws(PostgresError) in
            exists = try row.bool() ?? false
            return true
        }
        guard !exists else { return }
        try inTransaction { () throws(PostgresError) in
            try lockSchema()
            try run(
                "SELECT fleet.make_partition(date '1970-01-01' + $1::integer, $2)", [.integer(day), .bool(moves)],
                within: .seconds(70))
        }
    }

    /// The first and the last day that has a partition. Nil: none has.
    func partitionedDays() throws(PostgresError) -> ClosedRange<Int64>? {
        var range: ClosedRange<Int64>?
        try run(
            """
            SELECT min(day), max(day) FROM (
                SELECT to_date(right(c.relname, 8), 'YYYYMMDD') - date '1970-01-01' AS day
                FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                WHERE i.inhparent = 'fleet.events'::regclass AND c.relname ~ '^events_[0-9]{8}$'
            ) days
            """
        ) { row throws(PostgresError) in
            let (first, last): (Int64?, Int64?) = (try row.integer(), try row.integer())
            if let first, let last, first <= last { range = first...last }
            return true
        }
        return range
    }

    /// What one agent does for all once an hour: makes partitions ahead, and removes what is too old.
    /// - Parameters:
    ///   - maxAge: nil: events are kept for ever.
    ///   - forgetAfter: nil: agents are never forgotten.
    ///   - interval: less than this after the last time, nothing is done.
    func tidy(maxAge: Duration?, forgetAfter: Duration?, interval: Duration) throws(PostgresError) {
        guard try isTurnToTidy(after: interval) else { return }
        var today: Int64 = 0
        try run("SELECT \(Self.today)") { row throws(PostgresError) in
            today = try PostgresRow.some(row.integer())
            return true
        }
        for day in today...today + 3 { try ensurePartition(ofDay: day, moves: true) }
        try inTransaction { () throws(PostgresError) in
            try lockSchema()
            if let maxAge {
                // A date has no year before 4713 BC.
                let oldest = max(today - maxAge.components.seconds / 86_400, -700_000)
                try run(
                    "SELECT fleet.drop_before(date '1970-01-01' + $1::integer)", [.integer(oldest)],
                    within: .seconds(70))
            }
            if let forgetAfter {
                try run(
                    """
                    UPDATE fleet.agents SET forgotten_at = now()
                    WHERE forgotten_at IS NULL AND last_seen < now() - $1 * interval '1 s'
                    """, [.integer(forgetAfter.components.seconds)])
            }
        }
    }

    /// All agents ask. The one that finds the last time too long ago does it.
    private func isTurnToTidy(after interval: Duration) throws(PostgresError) -> Bool {
        var isMine = false
        try run(
            """
            INSERT INTO fleet.facts (key, value) VALUES ('tidiedAt', now()::text)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value
                WHERE facts.value::timestamptz NOT BETWEEN now() - $1 * interval '1 s' AND now() + interval '1 minute'
            RETURNING true
            """, [.integer(interval.components.seconds * 9 / 10)]
        ) { _ throws(PostgresError) in
            isMine = true
            return true
        }
        return isMine
    }

    private func lockSchema() throws(PostgresError) {
        try runScript(Self.patience)
        try run("SELECT pg_advisory_xact_lock($1)", [.integer(FleetSchema.lock)])
    }

    /// Who waits for a lock on a table keeps others waiting behind it.
    private static let patience = "SET LOCAL lock_timeout = '3s'"
}
