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

    /// Makes the partition of a day, unless there is one.
    func ensurePartition(ofDay day: Int64) throws(PostgresError) {
        var exists = false
        try run("SELECT to_regclass(\(Self.partition)) IS NOT NULL", [.integer(day)]) { row throws(PostgresError) in
            exists = try row.bool() ?? false
            return true
        }
        guard !exists else { return }
        try inTransaction { () throws(PostgresError) in
            try lockSchema()
            try run("SELECT fleet.make_partition(date '1970-01-01' + $1::integer)", [.integer(day)])
        }
    }

    /// What any agent does for all from time to time: makes partitions ahead, and removes what is too old.
    /// - Parameters:
    ///   - maxAge: nil: events are kept for ever.
    ///   - forgetAfter: nil: agents are never forgotten.
    /// - Returns: false if another agent is doing it.
    func tidy(now: Timestamp, maxAge: Duration?, forgetAfter: Duration?) throws(PostgresError) -> Bool {
        let today = Self.day(of: now)
        for day in today...today + 3 { try ensurePartition(ofDay: day) }
        return try inTransaction { () throws(PostgresError) in
            var isMine = false
            try run("SELECT pg_try_advisory_xact_lock($1)", [.integer(FleetSchema.lock)]) { row throws(PostgresError) in
                isMine = try row.bool() ?? false
                return true
            }
            guard isMine else { return false }
            try runScript(Self.patience)
            if let maxAge {
                let oldest = today - maxAge.components.seconds / 86_400
                try run("SELECT fleet.drop_before(date '1970-01-01' + $1::integer)", [.integer(oldest)])
            }
            if let forgetAfter {
                try run(
                    """
                    UPDATE fleet.agents SET forgotten_at = now()
                    WHERE forgotten_at IS NULL AND last_seen < now() - $1 * interval '1 s'
                    """, [.integer(forgetAfter.components.seconds)])
            }
            return true
        }
    }

    private func lockSchema() throws(PostgresError) {
        try runScript(Self.patience)
        try run("SELECT pg_advisory_xact_lock($1)", [.integer(FleetSchema.lock)])
    }

    /// Who waits for a lock on a table keeps others waiting behind it.
    private static let patience = "SET LOCAL lock_timeout = '3s'"
}
