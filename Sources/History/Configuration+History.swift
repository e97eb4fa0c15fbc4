// SPDX-License-Identifier: Apache-2.0

import GRDB

extension Configuration {
    /// The size that the log beside the file keeps, in bytes, after its content has been moved into the file.
    private static let logBytes = 4 << 20

    /// How each connection to a history is opened.
    static func history(readonly: Bool = false) -> Configuration {
        var configuration = Configuration()
        configuration.label = "cluster.history"
        configuration.readonly = readonly
        // A person who reads the file in a shell may hold a lock for a moment.
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { db in
            // The log keeps the size of its largest transaction otherwise (https://www.sqlite.org/pragma.html).
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA journal_size_limit = \(logBytes)") }
            // Has a meaning only before the first table is made.
            if !db.configuration.readonly, try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 {
                try db.execute(sql: "PRAGMA auto_vacuum = \(OpenDatabase.incremental)")
            }
        }
        return configuration
    }
}
