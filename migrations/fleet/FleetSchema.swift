// SPDX-License-Identifier: Apache-2.0

/// The schema of a fleet's database, as a series of files that are never edited once released.
package enum FleetSchema {
    /// Each file's text. The first one leads to version 1.
    package static let migrations = [
        String(decoding: PackageResources.f0001_fleet_sql, as: UTF8.self)
    ]

    /// The version that this program reads and writes.
    package static var version: Int { migrations.count }

    /// The advisory lock of whoever changes the schema: "clus" and "fl" in ASCII.
    package static let lock: Int64 = 0x636C_7573_666C
}
