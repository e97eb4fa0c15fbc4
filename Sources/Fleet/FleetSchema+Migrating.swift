// SPDX-License-Identifier: Apache-2.0

import FleetMigrations

extension PostgresSession {
    /// Brings the fleet's tables to this program's version. Needs no rights beyond reading if they are.
    /// - Throws: `unsuitable` if a newer program has changed them.
    func migrate() throws(PostgresError) {
        // A statement that the server still works on after this program has given up would hold its locks.
        try runScript("SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'")
        if try checkedVersion() == FleetSchema.version { return }
        try inTransaction { () throws(PostgresError) in
            // Of all agents that start now, one changes the schema, and the others find it changed.
            try run("SELECT pg_advisory_xact_lock($1)", [.integer(FleetSchema.lock)])
            let version = try checkedVersion()
            guard version < FleetSchema.version else { return }
            if version == 0 {
                try runScript(
                    """
                    CREATE SCHEMA IF NOT EXISTS fleet;
                    CREATE TABLE fleet.migrations (
                        version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
                    """)
            }
            for next in version + 1...FleetSchema.version {
                try runScript(FleetSchema.migrations[next - 1])
                try run("INSERT INTO fleet.migrations (version) VALUES ($1)", [.integer(Int64(next))])
            }
        }
    }

    /// - Returns: the version of the fleet's tables. 0 if there are no tables.
    private func checkedVersion() throws(PostgresError) -> Int {
        var exists = false
        // Within a transaction, to_regclass() may not notice what another transaction has made meanwhile.
        try run(
            """
            SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = 'fleet' AND c.relname = 'migrations')
            """
        ) { row throws(PostgresError) in
            exists = try row.bool() ?? false
            return true
        }
        guard exists else { return 0 }
        var version = 0
        try run("SELECT max(version) FROM fleet.migrations") { row throws(PostgresError) in
            version = try row.integer() ?? 0
            return true
        }
        guard version <= FleetSchema.version else {
            throw PostgresError(
                .unsuitable,
                "the fleet's tables have version \(version), and this agent knows version \(FleetSchema.version); "
                    + "upgrade this agent. Until then its events stay in its own history")
        }
        return version
    }
}
