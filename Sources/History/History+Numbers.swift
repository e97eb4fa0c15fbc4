// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared

extension History {
    /// The highest id ever used or reserved, and one more.
    package var nextWorkerID: WorkerID {
        get throws {
            let highest = try read { db in
                let used = try Int.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'workers'")
                return max(used ?? 0, try Self.reserved("worker", db))
            }
            let (next, overflow) = highest.addingReportingOverflow(1)
            guard !overflow, let id = WorkerID(rawValue: next) else {
                throw ClusterError(
                    .unavailable, .historyUnavailable, "the history's highest worker id, \(highest), is out of range")
            }
            return id
        }
    }

    /// The revision of the settings that was made, used or reserved last; 0 if it is not known any more.
    package var lastSettingsRevision: Int {
        get throws {
            try read { db in
                let used = try Int.fetchOne(
                    db, sql: "SELECT settings_revision FROM workers ORDER BY id DESC LIMIT 1")
                let made = try Int.fetchOne(
                    db,
                    sql: """
                        SELECT json_extract(data, '$.settings.revision') FROM events
                        WHERE type = (SELECT code FROM event_types WHERE name = 'setup') ORDER BY seq DESC LIMIT 1
                        """)
                // If somebody has edited the file by hand, the count must not overflow.
                return min(max(used ?? 0, made ?? 0, try Self.reserved("settings", db)), 1 << 52)
            }
        }
    }

    /// Makes the next run begin after these numbers, even if nothing else can be written before it. It is durable when
    /// this returns.
    package func reserve(workers id: WorkerID, settings revision: Int) throws {
        try write { try Self.setReserved(worker: id.rawValue, settings: revision, $0) }
    }

    /// As ``reserve(workers:settings:)``, on a thread that may block.
    package func reserveNumbers(workers id: WorkerID, settings revision: Int) async throws {
        try await onWriter { try $0.reserve(workers: id, settings: revision) }
    }

    /// Gives back the numbers that were not used. Only for a run whose events are all stored: they tell which were.
    /// - Parameter revision: the last that was used.
    package func releaseNumbers(settings revision: Int) throws {
        try write { db in
            try db.execute(sql: "DELETE FROM reserved_numbers")
            try Self.setReserved(worker: nil, settings: revision, db)
        }
    }

    private static func reserved(_ name: String, _ db: Database) throws -> Int {
        // A file that is only read may be one of an older version.
        guard try db.tableExists("reserved_numbers") else { return 0 }
        return try Int.fetchOne(db, sql: "SELECT last FROM reserved_numbers WHERE name = ?", arguments: [name]) ?? 0
    }

    private static func setReserved(worker: Int?, settings: Int, _ db: Database) throws {
        for (name, last) in [("worker", worker), ("settings", settings)] {
            guard let last, last > 0 else { continue }
            try db.execute(
                sql: """
                    INSERT INTO reserved_numbers (name, last) VALUES (?, ?)
                    ON CONFLICT (name) DO UPDATE SET last = max(last, excluded.last)
                    """, arguments: [name, last])
        }
    }
}
