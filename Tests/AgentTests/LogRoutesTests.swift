// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Foundation
import History
import Shared
import TestSupport
import Testing
import WorkerLogs

@testable import Agent

/// `GET /v1/logs` and what a follower is sent.
@Suite(.timeLimit(.minutes(1)))
struct LogRoutesTests {
    private static func with(_ body: @Sendable (AgentFixture, WorkerOutput) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let output = WorkerOutput.fixture(directory.path + "/logs")
            defer { output.store.close(within: 5) }
            try await AgentFixture.with(history: .inMemory(), output: output) { agent in try await body(agent, output) }
        }
    }

    /// Prints lines as a worker and waits until they are stored.
    private static func print(
        _ text: String, _ output: WorkerOutput, of worker: Int = 1, in instance: Int = 0,
        to stream: WorkerStream = .stdout
    ) async throws {
        let id = try #require(WorkerID(rawValue: worker))
        let sink = output.collect(from: id, .instance(instance))
        Array(text.utf8).withUnsafeBytes { sink.didWrite($0, to: stream) }
        let seq = try #require(sink.workerDidExit())
        await output.settle(through: seq, clock: ContinuousClock())
    }

    private static func page(_ agent: AgentFixture, _ query: String = "") async throws -> LogsReply {
        try await agent.get("/v1/logs" + query).decode(LogsReply.self)
    }

    @Test func `a page has the lines in their order`() async throws {
        try await Self.with { agent, output in
            try await Self.print("one\ntwo \"quoted\"\n", output)
            try await Self.print("three", output, of: 2, in: 1, to: .stderr)
            let lines = try await Self.page(agent).lines
            #expect(lines.map(\.line) == ["one", "two \"quoted\"", "three"])
            #expect(lines.map(\.workerId?.rawValue) == [1, 1, 2])
            #expect(lines.map(\.instance) == [.instance(0), .instance(0), .instance(1)])
            #expect(lines.map(\.stream) == ["stdout", "stdout", "stderr"])
            let seqs = lines.compactMap(\.seq)
            #expect(seqs.count == 3 && seqs == seqs.sorted())
        }
    }

    @Test(arguments: [
        ("workerId=2", ["b"]), ("workerId=1,2", ["a x", "b"]), ("instance=3", ["c x"]), ("stream=stderr", ["b"]),
        ("contains=x", ["a x", "c x"]), ("contains=%22", []), ("until=1h", []), ("since=1h", ["a x", "b", "c x"]),
        ("order=desc", ["c x", "b", "a x"]), ("order=desc&pageSize=1", ["c x"]), ("pageSize=2", ["a x", "b"]),
    ])
    func `filters choose lines`(query: String, expected: [String]) async throws {
        try await Self.with { agent, output in
            try await Self.print("a x\n", output)
            try await Self.print("b\n", output, of: 2, to: .stderr)
            try await Self.print("c x\n", output, of: 3, in: 3)
            #expect(try await Self.page(agent, "?" + query).lines.map(\.line) == expected)
        }
    }

    @Test(arguments: ["asc", "desc"])
    func `pages follow each other without gap or repeat`(order: String) async throws {
        try await Self.with { agent, output in
            for number in 0..<5 { try await Self.print("\(number)a\n\(number)b\n", output, of: 1 + number, in: number) }
            var all: [String] = []
            var token: String?
            repeat {
                let page = try await Self.page(
                    agent, "?order=\(order)&pageSize=3" + (token.map { "&pageToken=\($0)" } ?? ""))
                all += page.lines.map(\.line)
                token = page.nextPageToken
            } while token != nil
            let expected = (0..<5).flatMap { ["\($0)a", "\($0)b"] }
            #expect(all == (order == "asc" ? expected : expected.reversed()))
        }
    }

    @Test func `a follower gets the tail, then what comes, and resumes exactly`() async throws {
        try await Self.with { _, output in
            try await Self.print("1\n2\n3\n", output)
            let operations = LogOperations(output: output, watchers: LogWatchers(limit: 2), clock: ContinuousClock())
            let feed = try await operations.watch(
                LogQuery(limit: 1), tail: 2, for: WatcherOwner(), heartbeat: .seconds(60))
            var iterator = feed.makeAsyncIterator()
            let first = try await Self.lines(&iterator, 2)
            #expect(first.map(\.line) == ["2", "3"])
            try await Self.print("4\n5\n", output, of: 2, in: 1)
            #expect(try await Self.lines(&iterator, 2).map(\.line) == ["4", "5"])
            var again = LogQuery(limit: 1)
            again.afterSeq = first[0].seq
            let resumed = try await operations.watch(again, tail: nil, for: WatcherOwner(), heartbeat: .seconds(60))
            var second = resumed.makeAsyncIterator()
            #expect(try await Self.lines(&second, 3).map(\.line) == ["3", "4", "5"])
            feed.end()
            #expect(try await iterator.next() == nil)
        }
    }

    private static func lines(_ iterator: inout LogFeed.Iterator, _ count: Int) async throws -> [LogLine] {
        var lines: [LogLine] = []
        while lines.count < count, case .lines(let page)? = try await iterator.next() {
            lines += try (0..<page.count).map { try JSONDecoder().decode(LogLine.self, from: Data(page[$0])) }
        }
        return lines
    }

    @Test func `a caller has no more followers than there are places`() async throws {
        let watchers = LogWatchers(limit: 1)
        let first = try watchers.enter(WatcherOwner(principal: "a"))
        #expect(throws: ClusterError.self) { _ = try watchers.enter(WatcherOwner(principal: "b")) }
        withExtendedLifetime(first) {}
        #expect(watchers.count == 1)
    }

    @Test func `an agent that captures nothing says so`() async throws {
        let operations = LogOperations(output: nil, watchers: LogWatchers(limit: 1), clock: ContinuousClock())
        let error = await #expect(throws: ClusterError.self) { _ = try await operations.page(LogQuery(limit: 1)) }
        #expect(error?.reason == .logsOff)
    }
}
