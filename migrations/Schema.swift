// SPDX-License-Identifier: Apache-2.0

package import GRDB

/// The history's schema, as a series of files that are never edited once released.
package enum Schema {
    /// Marks a file as a history of cluster-agent (`PRAGMA application_id`): "clus" in ASCII.
    package static let applicationID: Int64 = 0x636C_7573

    /// Brings a file from any released version to this one, each step in a transaction of its own.
    package static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v0001_events") { db in
            try db.execute(sql: String(decoding: PackageResources.v0001_events_sql, as: UTF8.self))
        }
        migrator.registerMigration("v0002_idempotency") { db in
            try db.execute(sql: String(decoding: PackageResources.v0002_idempotency_sql, as: UTF8.self))
        }
        migrator.registerMigration("v0003_ends") { db in
            try db.execute(sql: String(decoding: PackageResources.v0003_ends_sql, as: UTF8.self))
        }
        migrator.registerMigration("v0004_numbers") { db in
            try db.execute(sql: String(decoding: PackageResources.v0004_numbers_sql, as: UTF8.self))
        }
        migrator.registerMigration("v0005_disconnect_reason") { db in
            try db.execute(sql: String(decoding: PackageResources.v0005_disconnect_reason_sql, as: UTF8.self))
        }
        migrator.registerMigration("v0006_leaving") { db in
            try db.execute(sql: String(decoding: PackageResources.v0006_leaving_sql, as: UTF8.self))
        }
        migrator.registerMigration("v0007_supervision") { db in
            try db.execute(sql: String(decoding: PackageResources.v0007_supervision_sql, as: UTF8.self))
        }
        return migrator
    }
}
