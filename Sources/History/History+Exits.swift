// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared

extension History {
    /// The exits of one hour.
    package struct ExitCount: Hashable, Sendable {
        /// When the hour begins, in UTC.
        package let hour: Timestamp
        package let exits: Int
        /// Those that no command caused, and that were not in good order.
        package let failures: Int
    }

    /// How many workers ended in each hour that begins at `first` or later, and the last event that was looked at. Hours
    /// without an exit are left out.
    package func exitCounts(since first: Timestamp) throws -> (counts: [ExitCount], through: Int64) {
        guard let type = try eventTypes[.exit] else { return ([], try lastSeq) }
        return try read { db in
            let through = try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT time_ms / 3600000, count(*), sum(
                        request_id IS NULL AND json_extract(data, '$.principal') IS NULL AND CASE json_extract(data, '$.reason')
                            WHEN 'exited' THEN json_extract(data, '$.code') IS NOT 0
                            WHEN 'signaled' THEN 1 WHEN 'spawnFailed' THEN 1 WHEN 'agentLost' THEN 1 ELSE 0 END)
                    FROM events INDEXED BY events_by_type
                    WHERE type = :type AND time_ms >= :since AND seq >= coalesce(
                        (SELECT first_seq FROM time_spans WHERE newest_ms >= :since ORDER BY first_seq LIMIT 1), \(Int64.max))
                    GROUP BY time_ms / 3600000 ORDER BY time_ms / 3600000
                    """, arguments: ["type": type, "since": first.milliseconds])
            let counts = try rows.map { row in
                ExitCount(
                    hour: Timestamp(milliseconds: try row.decode(Int64.self, atIndex: 0) * 3_600_000),
                    exits: try row.decode(Int.self, atIndex: 1), failures: try row.decode(Int.self, atIndex: 2))
            }
            return (counts, through)
        }
    }
}
