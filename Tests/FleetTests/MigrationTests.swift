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
            #expect(try await server.sql("SELECT fleet.make_partition('2026-03-01')") == "f")
            #expect(try await server.sql("SELECT count(*) FROM fleet.events_other") == "3")
            #expect(try await server.sql("SELECT fleet.make_partition('2026-03-01', moves => true)") == "t")
            #expect(try await server.sql("SELECT fleet.make_partition('2026-03-01', moves => true)") == "f")
            #expect(try await server.sql("SELECT fleet.make_partition('2026-03-03')") == "t")
            #expect(try await server.sql("SELECT seq FROM fleet.events_20260301") == "1")
            #expect(try await server.sql("SELECT seq FROM fleet.events_other ORDER BY seq") == "2\n3")

            #expect(try await server.sql("SELECT fleet.drop_before('2026-03-02')") == "1")
            #expect(try await server.sql("SELECT seq FROM fleet.events") == "2")
            let sql = "SELECT value FROM fleet.facts WHERE key = 'droppedBefore'"
            #expect(try await server.sql(sql) == "2026-03-02")
            _ = try await server.sql("SELECT fleet.drop_before('2026-03-01')")
            #expect(try await server.sql(sql) == "2026-03-02")
        }
    }

    @Test func `one agent looks after the partitions and goes by the clock of the server`() async throws {
        try await PostgresServer.with { server in
            try await migrate(server)
            let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            defer { connection.close() }
            func tidy() async throws {
                try await connection.perform { session throws(PostgresError) in
                    try session.tidy(maxAge: .seconds(10 * 86_400), forgetAfter: nil, interval: .seconds(3600))
                }
            }
            func partitions() async throws -> String {
                try await server.sql("SELECT count(*) - 1 FROM pg_partition_tree('fleet.events') WHERE isleaf")
            }
            try await server.sql(
                """
                SELECT fleet.make_partition(current_date - 11), fleet.make_partition(current_date - 9);
                INSERT INTO fleet.events (time, agent, seq, type, data) VALUES
                    (now() + interval '2 days', 1, 1, 'online', '{}'), (now() - interval '20 days', 1, 2, 'online', '{}')
                """)
            try await tidy()
            // Today and three more, and the one that is not too old. What was written for the day after tomorrow has moved.
            #expect(try await partitions() == "5")
            #expect(try await server.sql("SELECT count(*) FROM fleet.events_other") == "0")
            #expect(try await server.sql("SELECT seq FROM fleet.events") == "1")
            // Within the hour nobody does it again. A mark of the future does not count: the clock was set back.
            try await server.sql("SELECT fleet.make_partition(current_date - 11)")
            try await tidy()
            #expect(try await partitions() == "6")
            try await server.sql("UPDATE fleet.facts SET value = now() + interval '1 year' WHERE key = 'tidiedAt'")
            try await tidy()
            #expect(try await partitions() == "5")
        }
    }
}
