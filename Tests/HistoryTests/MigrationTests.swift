// SPDX-License-Identifier: Apache-2.0

import GRDB
import Migrations
import Shared
import TestSupport
import Testing

@testable import History

/// A file of every released version is brought to this one, and nothing in it is lost.
struct MigrationTests {
    @Test(arguments: ReleasedFile.versions) func `a file of each version is migrated`(version: String) async throws {
        try await withTemporaryDirectory { directory in
            try ReleasedFile.make(version, path: directory.historyPath)
            let history = try History.open(path: directory.historyPath)
            #expect(try history.agentID == "the-agent")
            #expect(try history.lastRun == .lost(after: Timestamp(milliseconds: 4001)))
            let events = try history.events(EventQuery())
            #expect(events.map(\.seq) == [1, 2, 3, 4, 5, 6, 7])
            #expect(events.map(\.type) == [.agentStart, .fork, .fork, .exit, .disconnect, .disconnect, .exit])
            #expect(events[3].data == ["code": 1, "signal": nil, "reason": "exited"])
            let workers = try history.workers(WorkerQuery())
            #expect(workers.map(\.exitCode) == [1, nil])
            #expect(workers.map(\.exit?.reason) == [nil, .agentLost])
            #expect(try history.nextWorkerID.rawValue == 3)
            #expect(try history.verify().problems == [])
            try history.close()
        }
    }

    @Test(arguments: ReleasedFile.versions) func `the migrated schema is that of a new file`(version: String)
        async throws
    {
        try await withTemporaryDirectory { directory in
            try ReleasedFile.make(version, path: directory.historyPath)
            let history = try History.open(path: directory.historyPath)
            #expect(try Self.schema(of: history) == Self.schema(of: History.inMemory()))
            try history.close()
        }
    }

    @Test func `every file of the schema is registered`() {
        #expect(Schema.migrator.migrations == ReleasedFile.versions)
    }

    @Test func `a step that fails leaves the file as it was`() async throws {
        try await withTemporaryDirectory { directory in
            try ReleasedFile.make("v0001_events", path: directory.historyPath)
            let queue = try DatabaseQueue(path: directory.historyPath)
            // The third file makes a view of this name, as its last statement.
            try queue.write { try $0.execute(sql: "CREATE VIEW readable_workers AS SELECT 1") }
            #expect(throws: ClusterError.self) { try History.open(path: directory.historyPath) }
            let columns = try queue.read { try $0.columns(in: "workers").map(\.name) }
            #expect(!columns.contains("exit_reason"))
            try queue.write { try $0.execute(sql: "DROP VIEW readable_workers") }
            try queue.close()
            let history = try History.open(path: directory.historyPath)
            #expect(try history.events(EventQuery()).count == 7)
            try history.close()
        }
    }

    private static func schema(of history: History) throws -> [String] {
        try history.read { db in
            try String.fetchAll(
                db, sql: "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name"
            )
        }.filter { !$0.contains("grdb_migrations") }
    }
}
