// SPDX-License-Identifier: Apache-2.0

import FleetMigrations
import TestSupport
import Testing

@testable import Fleet

/// The fleet's tables, with a real server.
@Suite(.timeLimit(.minutes(2)))
struct MigrationTests {
    private func migrate(_ server: PostgresServer) async throws(PostgresError) {
        let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
        defer { connection.close() }
        try await connection.perform { session throws(PostgresError) in try session.migrate() }
    }

    @Test func `many agents that start at once make the tables once`() async throws {
        try await PostgresServer.with { server in
            try await withThrowingTaskGroup { group in
                for _ in 0..<10 { group.addTask { try await migrate(server) } }
                try await group.waitForAll()
            }
            #expect(try await server.sql("SELECT count(*) FROM fleet.migrations") == "\(FleetSchema.version)")
        }
    }

    @Test func `tables of a newer program are left alone`() async throws {
        try await PostgresServer.with { server in
            try await migrate(server)
            try await server.sql("INSERT INTO fleet.migrations (version) VALUES (999)")
            let error = await #expect(throws: PostgresError.self) { try await migrate(server) }
            #expect(error?.kind == .unsuitable && error?.message.contains("version 999") == true)
        }
    }

    @Test func `an agent without rights to change tables uses those that are there`() async throws {
        try await PostgresServer.with { server in
            try await migrate(server)
            try await server.sql(
                """
                CREATE ROLE agent LOGIN; GRANT USAGE ON SCHEMA fleet TO agent;
                GRANT SELECT ON ALL TABLES IN SCHEMA fleet TO agent;
                """)
            let address = try PostgresAddress(url: server.url() + "&options=-crole%3Dagent")
            let connection = PostgresConnection(to: address, label: "test")
            defer { connection.close() }
            try await connection.perform { session throws(PostgresError) in try session.migrate() }
        }
    }

    @Test func `partitions are made once take in what came before them and go with their day`() async throws {
        try await PostgresServer.with { server in
            try await migrate(server)
            try await server.sql(
                """
                INSERT INTO fleet.events (time, agent, seq, type, data) VALUES
                    ('2026-03-01 23:59:59.999Z', 1, 1, 'online', '{}'), ('2026-03-02 00:00Z', 1, 2, 'online', '{}'),
                    ('1971-01-01 00:00Z', 1, 3, 'online', '{}')
                """)
            #expect(try await server.sql("SELECT fleet.make_partition('2026-03-01')") == "t")
            #expect(try await server.sql("SELECT fleet.make_partition('2026-03-01')") == "f")
            #expect(try await server.sql("SELECT seq FROM fleet.events_20260301") == "1")
            #expect(try await server.sql("SELECT seq FROM fleet.events_other ORDER BY seq") == "2\n3")

            #expect(try await server.sql("SELECT fleet.drop_before('2026-03-02')") == "1")
            #expect(try await server.sql("SELECT seq FROM fleet.events") == "2")
            let dropped = try await server.sql("SELECT value FROM fleet.facts WHERE key = 'droppedThrough'")
            #expect(Int64(dropped) ?? 0 > 0)
        }
    }
}
