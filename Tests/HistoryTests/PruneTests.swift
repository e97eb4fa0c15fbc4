// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Shared
import TestSupport
import Testing

@testable import History

/// What is past a limit goes, the oldest first, and nothing else does.
@Suite(.timeLimit(.minutes(1)))
struct PruneTests {
    static let now = Timestamp(milliseconds: 100_000_000)

    static func unlimited(_ change: (inout HistoryRetention) -> Void = { _ in }) -> HistoryRetention {
        var retention = HistoryRetention()
        retention.maxAge = nil
        retention.maxWorkerAge = nil
        change(&retention)
        return retention
    }

    /// One event a second, the newest at `now`.
    static func filled(_ count: Int, _ history: History) throws {
        let first = now.milliseconds - Int64(count - 1) * 1000
        _ = try history.append(
            (0..<count).map { Samples.entry(at: first + Int64($0) * 1000, data: ["n": .integer(Int64($0))]) })
    }

    /// - Returns: the steps that did something.
    @discardableResult
    func prune(_ history: History, _ retention: HistoryRetention) async throws -> [PruneStep] {
        var steps: [PruneStep] = []
        while case let step = try await history.prune(retention, now: Self.now), !step.isLast { steps.append(step) }
        return steps
    }

    @Test func `without limits nothing is removed`() async throws {
        let history = try History.inMemory()
        try Self.filled(100, history)
        #expect(try await prune(history, Self.unlimited()) == [])
        #expect(try history.seqBounds == 1...100)
    }

    @Test(arguments: [1, 500, 1023, 1024, 1025, 2999, 3000, 5000])
    func `as many events stay as allowed`(kept: Int) async throws {
        let history = try History.inMemory()
        try Self.filled(3000, history)
        try await prune(history, Self.unlimited { $0.maxEvents = kept })
        #expect(try history.seqBounds == Int64(max(1, 3001 - kept))...3000)
    }

    /// Their number is up to the workers.
    @Test func `messages are removed before other events, and none of those is missing`() async throws {
        let history = try History.inMemory()
        try Self.filled(100, history)
        let message = HistoryEntry(
            event: Event(time: Self.now, type: .message, data: .text(Array(#"{"message":1}"#.utf8))))
        _ = try history.append(Array(repeating: message, count: 2500))
        try Self.filled(50, history)
        try await prune(history, Self.unlimited { $0.maxEvents = 1000 })
        let left = try history.events(EventQuery(limit: 5000))
        #expect(left.count == 1000 && left.count { $0.type != .message } == 150)
        #expect(left.filter { $0.type == .message }.map(\.seq) == (1751...2600).map(Int64?.some))
        #expect(try history.verify().problems == [])
        // A reader of messages is told; others miss nothing.
        #expect(throws: ClusterError.self) { try history.requireKept(after: 1749, messages: true) }
        try history.requireKept(after: 1750, messages: true)
        try history.requireKept(after: 0)
        // When no message is left, the oldest events go.
        try await prune(history, Self.unlimited { $0.maxEvents = 60 })
        #expect(try history.seqBounds == 91...2650)
        #expect(try history.events(EventQuery(limit: 5000)).count == 60)
        #expect(try history.verify().problems == [])
    }

    @Test(arguments: [0, 1, 700, 1500, 2998, 2999, 4000])
    func `old events are removed`(seconds: Int) async throws {
        let history = try History.inMemory()
        try Self.filled(3000, history)
        try await prune(history, Self.unlimited { $0.maxAge = .seconds(seconds) })
        let left = try history.events(EventQuery(limit: 5000))
        #expect(left.allSatisfy { $0.time.milliseconds >= Self.now.milliseconds - Int64(seconds) * 1000 })
        #expect(left.count == min(3000, seconds + 1))
    }

    @Test func `if everything is too old, everything goes and seqs continue`() async throws {
        let history = try History.inMemory()
        try Self.filled(1500, history)
        let later = Timestamp(milliseconds: Self.now.milliseconds + 3_600_000)
        while try await !history.prune(Self.unlimited { $0.maxAge = .seconds(1) }, now: later).isLast {}
        #expect(try history.seqBounds == nil)
        #expect(try history.oldestCursor == 1500)
        #expect(try history.append([Samples.entry()]) == [1501])
    }

    @Test func `a clock that was set back removes nothing that is young`() async throws {
        let history = try History.inMemory()
        let times = [99_000, 100_000, 1, 2, 100_000].map { Int64($0) * 1000 }
        _ = try history.append(times.map { Samples.entry(at: $0) })
        try await prune(history, Self.unlimited { $0.maxAge = .seconds(60) })
        #expect(try history.seqBounds == 2...5)
    }

    @Test func `times are still found after pruning`() async throws {
        let history = try History.inMemory()
        try Self.filled(5000, history)
        try await prune(history, Self.unlimited { $0.maxEvents = 1500 })
        let since = Timestamp(milliseconds: Self.now.milliseconds - 1_000_000)
        #expect(try history.events(EventQuery(since: since, limit: 5000)).count == 1001)
        #expect(try history.verify().problems == [])
    }

    @Test func `steps are small`() async throws {
        let history = try History.inMemory()
        try Self.filled(10_000, history)
        let steps = try await prune(history, Self.unlimited { $0.maxEvents = 1 })
        #expect(steps.map(\.events).max() == History.pruneStep.rows)
        #expect(steps.reduce(0) { $0 + $1.events } == 9999)
    }

    @Test func `the file shrinks`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            try Self.filled(40_000, history)
            try history.emptyLog()
            let before = try directory.historySize
            let steps = try await prune(history, Self.unlimited { $0.maxEvents = 100 })
            try history.emptyLog()
            #expect(steps.allSatisfy { $0.pages <= History.pruneStep.pages })
            #expect(try directory.historySize < before / 10)
            #expect(try history.verify().problems == [])
            try history.close()
        }
    }

    @Test func `the file stays below its limit`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            try Self.filled(40_000, history)
            try await prune(history, Self.unlimited { $0.maxBytes = 500_000 })
            try history.emptyLog()
            let size = try directory.historySize
            #expect(size <= 500_000 && size > 300_000)
            #expect(try history.seqBounds?.upperBound == 40_000)
            try history.close()
        }
    }

    @Test func `a limit that is too small for anything still ends`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            try Self.filled(3000, history)
            try await prune(history, Self.unlimited { $0.maxBytes = 1 })
            #expect(try history.seqBounds == nil)
            try history.close()
        }
    }

    @Test func `a file that was made without shrinking can shrink later`() async throws {
        try await withTemporaryDirectory { directory in
            try ReleasedFile.make("v0001_events", path: directory.historyPath)
            let old = try DatabaseQueue(path: directory.historyPath)
            #expect(try old.read { try Int.fetchOne($0, sql: "PRAGMA auto_vacuum") } == 0)
            try old.close()
            let history = try History.open(path: directory.historyPath)
            #expect(try history.read { try Int.fetchOne($0, sql: "PRAGMA auto_vacuum") } == OpenDatabase.incremental)
            try history.close()
        }
    }

    @Test func `a worker's summary outlives its events`() async throws {
        let history = try History.inMemory()
        let ends: [Int64?] = [Self.now.milliseconds - 10_000, Self.now.milliseconds - 5000, nil]
        let entries = ends.enumerated().map { index, end in
            let worker = Samples.worker(index + 1) {
                $0.dead = end != nil
                $0.state = end == nil ? .online : .dead
                $0.exitedAt = end.map(Timestamp.init(milliseconds:))
            }
            return HistoryEntry(event: Samples.entry(worker: index + 1).event, worker: worker)
        }
        _ = try history.append(entries)
        try await prune(history, Self.unlimited { $0.maxEvents = 1 })
        #expect(try history.workers(WorkerQuery()).count == 3)
        try await prune(history, Self.unlimited { $0.maxWorkerAge = .seconds(7) })
        // The one that lives stays, however old it is.
        #expect(try history.workers(WorkerQuery()).map(\.id.rawValue) == [2, 3])
        #expect(try history.nextWorkerID.rawValue == 4)
    }

    @Test func `a cursor into removed events is out of range`() async throws {
        let history = try History.inMemory()
        try Self.filled(100, history)
        try await prune(history, Self.unlimited { $0.maxEvents = 10 })
        let error = try #require(throws: ClusterError.self) { try history.requireKept(after: 50) }
        #expect(error.reason == .seqExpired)
        #expect(error.metadata["oldestSeq"] == "91")
        try history.requireKept(after: 90)
    }

    @Test func `events are stored between two steps`() async throws {
        let history = try History.inMemory()
        try Self.filled(5000, history)
        async let pruned = prune(history, Self.unlimited { $0.maxEvents = 1 })
        for _ in 1...20 { _ = try await history.store([Samples.entry(at: Self.now.milliseconds)]) }
        #expect(try await pruned.count > 1)
        #expect(try history.seqBounds?.upperBound == 5020)
        #expect(try history.verify().problems == [])
    }

    @Test func `no step reads more than it removes`() throws {
        let history = try History.inMemory()
        let statements = [
            Pruning.firstYoung, Pruning.lastOld, "DELETE FROM events WHERE seq < 1",
            "DELETE FROM time_spans WHERE first_seq <= 1", Pruning.endedWorkers, Pruning.keys, Pruning.answers,
        ]
        let plans = try history.read { db in
            try statements.map { sql in
                let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
                statement.setUncheckedArguments([:])
                return try Row.fetchAll(statement).map { $0["detail"] as String }
            }
        }
        for plan in plans { #expect(!plan.contains { $0.contains("TEMP B-TREE") || $0 == "SCAN events" }, "\(plan)") }
        #expect(plans[0].first == "SCAN time_spans", "in the order of the seqs, up to the first that fits")
    }

    // MARK: Times that are wrong

    @Test func `an event from the future does not keep the events after it`() async throws {
        let history = try History.inMemory()
        let hour = Int64(3_600_000)
        let times = [-50, -40, 500_000, -30, -20, -1].map { Self.now.milliseconds + $0 * hour }
        _ = try history.append(times.map { Samples.entry(at: $0) })
        try await prune(history, Self.unlimited { $0.maxAge = .seconds(10 * 3600) })
        #expect(try history.seqBounds == 6...6)
    }

    @Test func `an event from the future is removed with the events after it`() async throws {
        let history = try History.inMemory()
        let hour = Int64(3_600_000)
        // The clock was years ahead for a while, until an hour ago.
        let times = [-50, 500_000, 500_001, -1].map { Self.now.milliseconds + $0 * hour }
        _ = try history.append(times.map { Samples.entry(at: $0) })
        try await prune(history, Self.unlimited { $0.maxAge = .seconds(10 * 3600) })
        #expect(try history.seqBounds == 2...4)
        let later = Timestamp(milliseconds: Self.now.milliseconds + 20 * hour)
        while try await !history.prune(Self.unlimited { $0.maxAge = .seconds(10 * 3600) }, now: later).isLast {}
        #expect(try history.seqBounds == nil)
    }
}

extension URL {
    var historySize: Int {
        get throws { try FileManager.default.attributesOfItem(atPath: historyPath)[.size] as? Int ?? 0 }
    }
}
