// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Messages up to this `seq` are no longer stored, although other events may be.
enum MessageFloor {
    private static let key = "messagesRemovedThrough"

    /// 0 if no messages were removed before other events.
    static func seq(_ db: Database) throws -> Int64 {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key]).flatMap { Int64($0) }
            ?? 0
    }

    static func raise(to seq: Int64, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            arguments: [key, "\(seq)"])
    }
}
