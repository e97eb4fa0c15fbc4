// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Shared
import TestSupport
import Testing

@testable import History

/// What the file promises to those who open it without this program, and what it refuses.
struct SchemaTests {
    @Test func `a commit is durable`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            let (journal, synchronous) = try history.database.writeWithoutTransaction { db in
                (try String.fetchOne(db, sql: "PRAGMA journal_mode"), try Int.fetchOne(db, sql: "PRAGMA synchronous"))
            }
            #expect(journal == "wal")
            // 2 is FULL.
            #expect(synchronous == 2)
            try history.close()
        }
    }

    @Test func `the view is readable`() throws {
        let history = try History.inMemory()
        _ = try history.append([Samples.entry(.agentStart, at: 1_795_363_904_272)])
        let row = try history.read { try Row.fetchOne($0, sql: "SELECT * FROM readable_events") }
        #expect(row?["time"] == "2026-11-22T16:11:44.272Z")
        #expect(row?["type"] == "agentStart")
    }

    @Test func `a seq is not used again after its event is gone`() throws {
        let history = try History.inMemory()
        _ = try history.append([Samples.entry(), Samples.entry()])
        try history.database.write { try $0.execute(sql: "DELETE FROM events") }
        #expect(try history.seqBounds == nil)
        #expect(try history.oldestCursor == 2)
        #expect(try history.append([Samples.entry()]) == [3])
    }

    @Test func `a worker's id is not used again after its summary is gone`() throws {
        let history = try History.inMemory()
        _ = try history.append([Samples.entry(worker: 5), Samples.entry(worker: 3)])
        try history.database.write { try $0.execute(sql: "DELETE FROM workers") }
        #expect(try history.nextWorkerID.rawValue == 6)
    }

    @Test func `an entry that breaks a rule is refused whole`() throws {
        let history = try History.inMemory()
        var bad = Samples.entry()
        bad.event.pid = 0
        let error = try #require(throws: ClusterError.self) { try history.append([Samples.entry(), bad]) }
        #expect(error.status == .internal)
        #expect(try history.seqBounds == nil)
        #expect(try history.append([Samples.entry()]) == [1])
    }

    @Test func `data that is not an object is refused`() throws {
        let history = try History.inMemory()
        let error = try #require(throws: ClusterError.self) { try history.append([Samples.entry(data: .value([1]))]) }
        #expect(error.status == .internal)
    }

    @Test func `a file of a newer version is refused and left alone`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            _ = try history.append([Samples.entry()])
            try history.database.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('v9999_of_tomorrow')")
            }
            try history.close()

            let error = try #require(throws: ClusterError.self) { try History.open(path: directory.historyPath) }
            #expect(error.reason == .historyUnavailable)
            #expect(error.message.contains("newer version"))
            #expect(error.message.contains(directory.historyPath))
            let queue = try DatabaseQueue(path: directory.historyPath)
            #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM events") } == 1)
            try queue.close()
        }
    }

    @Test func `a database of another program is refused`() async throws {
        try await withTemporaryDirectory { directory in
            let queue = try DatabaseQueue(path: directory.historyPath)
            try queue.write { try $0.execute(sql: "CREATE TABLE recipes (id INTEGER PRIMARY KEY)") }
            try queue.close()
            let error = try #require(throws: ClusterError.self) { try History.open(path: directory.historyPath) }
            #expect(error.message.contains("another program"))
        }
    }

    @Test func `a missing directory is an error`() async throws {
        try await withTemporaryDirectory { directory in
            let error = try #require(throws: ClusterError.self) {
                try History.open(path: directory.appending(path: "missing/history.db").path)
            }
            #expect(error.reason == .historyUnavailable)
        }
    }

    @Test(arguments: 1...24) func `a damaged page is an error, not a trap`(page: Int) async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            for number in 1...200 {
                _ = try history.append([Samples.entry(.fork, worker: number, request: "r\(number)", data: ["a": "bcd"])]
                )
            }
            try history.close()
            let file = try FileHandle(forUpdating: URL(filePath: directory.historyPath))
            guard try file.seekToEnd() >= UInt64(page * 4096) else { return }
            // The file's header stays, so that it is opened at all.
            try file.seek(toOffset: UInt64((page - 1) * 4096 + (page == 1 ? 100 : 0)))
            try file.write(contentsOf: Data((0..<3900).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ page) }))
            try file.close()

            guard let damaged = try? History.open(path: directory.historyPath) else { return }
            for query in EventQueryTests.queries { _ = try? damaged.events(query) }
            _ = try? damaged.workers(WorkerQuery(states: [.none, .dead]))
            _ = try? damaged.worker(.first)
            _ = try? damaged.nextWorkerID
            _ = try? damaged.append([Samples.entry(worker: 300)])
            try? damaged.close()
        }
    }

    @Test func `a row that was changed by hand is a gap`() throws {
        let history = try History.inMemory()
        _ = try history.append([Samples.entry(worker: 1)])
        try history.database.write { db in
            try db.execute(
                sql:
                    "UPDATE events SET data = '{\"deep\":' || replace(hex(zeroblob(600)), '00', '[') || replace(hex(zeroblob(600)), '00', ']') || '}'"
            )
        }
        #expect(try history.events(EventQuery()).map(\.type) == [.gap])
    }

    @Test func `an append that fails can be repeated`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            let other = try DatabaseQueue(path: directory.historyPath)
            try other.write { try $0.execute(sql: "ALTER TABLE events RENAME TO elsewhere") }
            let error = try #require(throws: ClusterError.self) { try history.append([Samples.entry()]) }
            #expect(error.status == .unavailable)
            try other.write { try $0.execute(sql: "ALTER TABLE elsewhere RENAME TO events") }
            #expect(try history.append([Samples.entry()]) == [1])
            try other.close()
            try history.close()
        }
    }

    @Test func `a closed history is an error`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            try history.close()
            #expect(throws: ClusterError.self) { try history.append([Samples.entry()]) }
            #expect(throws: ClusterError.self) { try history.events(EventQuery()) }
        }
    }

    @Test func `a cursor older than the oldest event is out of range`() throws {
        let history = try History.inMemory()
        _ = try history.append((1...5).map { _ in Samples.entry() })
        try history.database.write { try $0.execute(sql: "DELETE FROM events WHERE seq < 4") }
        #expect(try history.seqBounds == 4...5)
        try history.requireKept(after: 3)
        try history.requireKept(after: 5)
        let error = try #require(throws: ClusterError.self) { try history.requireKept(after: 2) }
        #expect(error.status == .outOfRange)
        #expect(error.reason == .seqExpired)
        #expect(error.metadata["oldestSeq"] == "4")
    }

    @Test func `a cursor of another directory is out of range`() throws {
        let history = try History.inMemory()
        _ = try history.append([Samples.entry()])
        let error = try #require(throws: ClusterError.self) { try history.requireKept(after: 2) }
        #expect(error.status == .outOfRange)
    }
}
