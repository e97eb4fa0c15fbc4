// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Shared
import TestSupport
import Testing

@testable import History

// How the file's room is divided.
extension PruneTests {
    /// Ended workers with much on their standard error, the oldest first.
    private static func addWorkers(_ ids: ClosedRange<Int>, stderrBytes: Int, _ history: History) throws {
        _ = try history.append(
            ids.map { id in
                var entry = Samples.entry(.exit, worker: id, at: now.milliseconds)
                entry.worker = Samples.worker(id) {
                    $0.dead = true
                    $0.state = .dead
                    $0.exitedAt = Timestamp(milliseconds: now.milliseconds - 100_000 + Int64(id))
                    var report = ExitReport(reason: .exited)
                    report.stderr = String(repeating: "x", count: stderrBytes)
                    $0.exit = report
                }
                return entry
            })
    }

    @Test func `summaries that fill the file take no events with them`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            _ = try history.append((0..<100).map { _ in Samples.entry(.command, at: Self.now.milliseconds) })
            try Self.addWorkers(1...500, stderrBytes: 4096, history)
            let steps = try await prune(history, Self.unlimited { $0.maxBytes = 1 << 20 })
            try history.emptyLog()
            #expect(try directory.historySize <= 1 << 20)
            #expect(steps.allSatisfy { $0.events == 0 } && steps.contains { $0.workers > 0 })
            #expect(try history.events(EventQuery(types: [.command], limit: 1000)).count == 100)
            // The newest stay.
            let left = try history.workers(WorkerQuery(limit: 1000)).map(\.id.rawValue)
            #expect(left.last == 500 && left == Array((501 - left.count)...500) && left.count > 20)
            try history.close()
        }
    }

    @Test func `events that fill the file take no summaries with them`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            try Self.addWorkers(1...100, stderrBytes: 100, history)
            try Self.filled(40_000, history)
            try await prune(history, Self.unlimited { $0.maxBytes = 1 << 20 })
            try history.emptyLog()
            #expect(try directory.historySize <= 1 << 20)
            #expect(try history.workers(WorkerQuery(limit: 1000)).count == 100)
            try history.close()
        }
    }

    @Test func `an entry that cannot go takes nothing else with it`() async throws {
        let history = try History.inMemory()
        _ = try history.append((0..<100).map { _ in Samples.entry(.command, at: Self.now.milliseconds) })
        let living = (1...200).map { id in
            HistoryEntry(
                event: Samples.entry(.fork, worker: id, at: Self.now.milliseconds).event,
                worker: Samples.worker(id) { $0.args = [String(repeating: "x", count: 10_000)] })
        }
        _ = try history.append(living)
        #expect(try await prune(history, Self.unlimited { $0.maxBytes = 1 << 20 }).allSatisfy { $0.events == 0 })
        #expect(try history.events(EventQuery(limit: 1000)).count == 300)
    }

    @Test func `keys lose their answers before anything else goes`() async throws {
        let history = try History.inMemory()
        _ = try history.append((0..<100).map { _ in Samples.entry(.command, at: Self.now.milliseconds) })
        for number in 0..<100 {
            let request = IdempotentRequest(
                principal: "token:ci", key: "k\(number)", fingerprint: Array(repeating: 1, count: 32),
                requestID: "r\(number)", begunAt: Timestamp(milliseconds: Self.now.milliseconds - 1000 + Int64(number)))
            #expect(try history.claim(request) == .new)
            try history.finish(
                request, with: IdempotentReply(status: 200, body: Array(repeating: 0x20, count: 50_000)))
        }
        let steps = try await prune(history, Self.unlimited { $0.maxBytes = 1 << 20 })
        #expect(steps.allSatisfy { $0.events == 0 } && steps.contains { $0.keys > 0 })
        let again = { (number: Int) in
            try history.claim(
                IdempotentRequest(
                    principal: "token:ci", key: "k\(number)", fingerprint: Array(repeating: 1, count: 32),
                    requestID: "again", begunAt: Self.now))
        }
        guard case .unfinished = try again(0) else {
            return #expect(Bool(false), "the oldest has lost its answer alone")
        }
        guard case .answered = try again(99) else { return #expect(Bool(false), "the newest has its answer") }
    }

    @Test func `expired keys go`() async throws {
        let history = try History.inMemory()
        let request = IdempotentRequest(
            principal: "token:ci", key: "k", fingerprint: Array(repeating: 1, count: 32), requestID: "r",
            begunAt: Timestamp(milliseconds: Self.now.milliseconds - History.idempotencyMilliseconds))
        #expect(try history.claim(request) == .new)
        #expect(try await prune(history, Self.unlimited()).map(\.keys) == [1])
    }

    @Test func `no step removes much`() async throws {
        let history = try History.inMemory()
        let text = String(repeating: "x", count: 1 << 20)
        for _ in 0..<20 {
            _ = try history.append([
                Samples.entry(.message, at: Self.now.milliseconds, data: ["message": .string(text)])
            ])
        }
        let steps = try await prune(history, Self.unlimited { $0.maxBytes = 10 << 20 })
        #expect(steps.map(\.events).max() ?? 0 <= 4)
        let left = try #require(try history.seqBounds)
        #expect(left.count == 9, "as many as fit, and no fewer")
    }
}
