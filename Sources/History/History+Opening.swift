// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Migrations
import Shared

extension History {
    /// - Throws: where the file is another program's, or a newer version of this one has written it.
    static func refuseForeignFile(_ db: Database) throws {
        let applicationID = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard isEmpty || applicationID == Schema.applicationID else {
            throw ClusterError(
                .unavailable, .historyUnavailable, "this is a database of another program; move it out of the way")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw ClusterError(
                .unavailable, .historyUnavailable,
                "a newer version of cluster-agent has written it; run that version, or move the file out of the way")
        }
    }

    /// Makes the id at the first opening.
    static func agentID(_ db: Database) throws -> String {
        try db.execute(
            sql: "INSERT INTO meta (key, value) VALUES ('agentId', ?) ON CONFLICT DO NOTHING",
            arguments: [UUID().uuidString.lowercased()])
        return try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'agentId'") ?? ""
    }

    static func endInterruptedWorkers(_ db: Database) throws {
        try db.execute(
            sql: """
                UPDATE workers SET state = 'dead', connected = 0, dead = 1
                WHERE state IN ('none', 'online', 'listening')
                    OR state IN ('disconnected', 'dead') AND NOT (dead = 1 AND connected = 0)
                """)
    }
}
