// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import GRDB
import Migrations
import Shared
import Synchronization
import TestSupport
import Testing

@testable import History

/// What a disk, a file or another program can do to the history.
@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    @Test func `only its user may use the file`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.historyPath
            try Data().write(to: URL(filePath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
            let history = try History.open(path: path)
            _ = try history.append([Samples.entry()])
            for name in [path, path + "-wal", path + "-shm"] {
                let mode = try FileManager.default.attributesOfItem(atPath: name)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(name)")
            }
            try history.close()
        }
    }

    @Test func `a file that is not a database is set aside`() async throws {
        try await withTemporaryDirectory { directory in
            let rubbish = Data(repeating: 0x58, count: 9000)
            try rubbish.write(to: URL(filePath: directory.historyPath))
            let notices = Mutex<[HistoryNotice]>([])
            let history = try History.open(path: directory.historyPath) { notice in
                notices.withLock { $0.append(notice) }
            }
            guard case .setAside(let name, _)? = notices.withLock({ $0.first }) else {
                Issue.record("nobody was told")
                return
            }
            #expect(try Data(contentsOf: URL(filePath: name)) == rubbish)
            let gap = try #require(try history.events(EventQuery()).first)
            #expect(gap.type == .gap)
            #expect(gap.data["reason"] == .string("the history was damaged and has been set aside as \(name)"))
            #expect(try history.lastRun == nil, "who could tell")
            try history.close()
        }
    }

    @Test func `after damage no id and no seq is used again`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try History.open(path: directory.historyPath)
            let last = try first.append([Samples.entry(.fork, worker: 9)])[0]
            try first.close()
            try Data(repeating: 0x58, count: 9000).write(to: URL(filePath: directory.historyPath))
            var history = try History.open(path: directory.historyPath)
            let (seq, id) = (try history.append([Samples.entry()])[0], try history.nextWorkerID.rawValue)
            #expect(seq > last && id > 9)
            try history.requireKept(after: seq)
            let error = try #require(throws: ClusterError.self) { try history.requireKept(after: last) }
            #expect(error.reason == .seqExpired)
            try history.close()

            try Data(repeating: 0x58, count: 9000).write(to: URL(filePath: directory.historyPath))
            history = try History.open(path: directory.historyPath)
            #expect(try history.append([Samples.entry()])[0] > seq)
            try history.close()
        }
    }

    /// The disk was full when the damaged file had its new name.
    @Test(arguments: [false, true])
    func `a file that was set aside in vain is replaced later`(isMigrated: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let first = try History.open(path: directory.historyPath)
            let last = try first.append([Samples.entry(.fork, worker: 9)])[0]
            try first.close()
            let name = try HistoryFile(path: directory.historyPath).setAside(at: .now)
            if isMigrated {
                let queue = try DatabaseQueue(path: directory.historyPath)
                try Schema.migrator.migrate(queue)
                try queue.close()
            }
            let history = try History.open(path: directory.historyPath)
            let gap = try #require(try history.events(EventQuery()).first)
            #expect(gap.type == .gap && gap.seq.map { $0 > last } == true)
            #expect(gap.data["reason"] == .string("the history was damaged and has been set aside as \(name)"))
            #expect(try history.nextWorkerID.rawValue > 9)
            try history.close()
            let again = try History.open(path: directory.historyPath)
            #expect(try again.events(EventQuery(types: [.gap])).count == 1, "it is replaced once")
            try again.close()
        }
    }

    @Test func `damage in the middle of a run is set aside too`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            let id = try history.agentID
            // Enough for several pages of each table and index, and out of the log.
            _ = try history.append(
                (1...3000).map { (id: Int) in Samples.entry(.fork, worker: id, request: "request-\(id)") })
            try history.emptyLog()
            let file = try FileHandle(forUpdating: URL(filePath: directory.historyPath))
            let pages = try Int(file.seekToEnd()) / 4096
            for page in 1..<pages {
                try file.seek(toOffset: UInt64(page * 4096))
                try file.write(contentsOf: Data(repeating: 0xEE, count: 4096))
            }
            try file.close()
            // Until then the connection goes on with what it has in memory.
            try history.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA shrink_memory") }
            _ = try history.append([Samples.entry(.exit, worker: 1500, request: "r1")])
            #expect(try history.events(EventQuery()).map(\.type) == [.gap, .exit])
            #expect(try history.agentID == id)
            #expect(try history.verify().problems == [])
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names.contains { $0.contains(".damaged-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") })
            try history.close()
        }
    }

    @Test func `a history that cannot be opened is opened by a later write`() async throws {
        try await withTemporaryDirectory { directory in
            let missing = directory.appending(path: "missing")
            let history = History(path: missing.historyPath)
            #expect(throws: ClusterError.self) { try history.open() }
            #expect(history.trouble?.reason == .historyUnavailable)
            #expect(throws: ClusterError.self) { try history.append([Samples.entry()]) }
            #expect(throws: ClusterError.self) { try history.events(EventQuery()) }
            try FileManager.default.createDirectory(at: missing, withIntermediateDirectories: true)
            #expect(try history.append([Samples.entry()]) == [1])
            #expect(history.trouble == nil)
            #expect(try history.events(EventQuery()).count == 1)
            try history.close()
        }
    }

    @Test func `the workers of this run live on when the file is opened again`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try History.open(path: directory.historyPath)
            _ = try first.append([Samples.entry(.fork, worker: 1)])
            try first.close()
            for isFirst in [false, true] {
                let queue = try DatabaseQueue(path: directory.historyPath)
                _ = try OpenDatabase(queue, isFirst: isFirst)
                let exits = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM events WHERE type = 7") }
                #expect(exits == (isFirst ? 1 : 0))
                try queue.close()
            }
        }
    }

    @Test func `a history that was never opened can be closed`() async throws {
        try await withTemporaryDirectory { directory in
            let history = History(path: directory.historyPath)
            try history.close()
            #expect(throws: ClusterError.self) { try history.append([Samples.entry()]) }
            #expect(!FileManager.default.fileExists(atPath: directory.historyPath))
        }
    }

    @Test func `somebody's lock is reported, and writing works again after it`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            var unsafe = Configuration()
            // The transaction stays open from one call to the next.
            unsafe.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: directory.historyPath, configuration: unsafe)
            try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let error = try #require(throws: ClusterError.self) { try history.append([Samples.entry()]) }
            #expect(error.status == .unavailable && error.message.contains("lock"))
            #expect(try history.events(EventQuery()) == [], "reading goes on")
            try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
            #expect(try history.append([Samples.entry()]) == [1])
            try other.close()
            try history.close()
        }
    }

    @Test func `a full file is reported, and writing works again once there is room`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            try history.database.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
            let many = (1...500).map { _ in Samples.entry(data: ["a": .string(String(repeating: "b", count: 100))]) }
            let error = try #require(throws: ClusterError.self) { try history.append(many) }
            #expect(error.status == .unavailable && error.message.contains("full"))
            #expect(try history.seqBounds == nil, "all or nothing")
            try history.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
            #expect(try history.append(many).count == 500)
            try history.close()
        }
    }

    @Test func `a reader beside the agent changes nothing`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            _ = try history.append([Samples.entry(.fork, worker: 1)])
            let reader = try History.reading(path: directory.historyPath)
            #expect(try reader.events(EventQuery()).count == 1)
            #expect(try reader.agentID == history.agentID)
            #expect(throws: ClusterError.self) { try reader.append([Samples.entry()]) }
            _ = try history.append([Samples.entry()])
            #expect(try reader.events(EventQuery()).count == 2)
            try reader.close()
            // The worker lives: its agent does.
            #expect(try history.events(EventQuery(types: [.exit])) == [])
            try history.close()
        }
    }

    @Test func `an event that no page could hold is refused for good, and the next one is stored`() throws {
        let history = try History.inMemory()
        let text = "{\"message\":\"" + String(repeating: "x", count: 33 << 20) + "\"}"
        let large = HistoryEntry(
            event: Event(time: .now, type: .message, workerId: WorkerID(rawValue: 1), data: .text(Array(text.utf8))))
        let error = #expect(throws: ClusterError.self) { try history.append([large]) }
        #expect(error?.status == .internal && error?.message.contains("33 MiB") == true)
        #expect(try history.append([Samples.entry()]).count == 1)
    }

    /// Opening a FIFO for reading waits for somebody who writes.
    @Test func `a history that is not a regular file is refused at once`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "fifo").path
            try #require(mkfifo(path, 0o600) == 0)
            let error = #expect(throws: ClusterError.self) { try History.reading(path: path) }
            #expect(error?.message.contains("not a regular file") == true)
        }
    }
}
