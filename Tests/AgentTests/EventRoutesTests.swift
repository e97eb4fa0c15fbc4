// SPDX-License-Identifier: Apache-2.0

import Contract
import History
import Shared
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct EventRoutesTests {
    private static func event(
        _ type: EventType, worker: Int? = nil, request: String? = nil, age: Int64 = 0
    ) -> HistoryEntry {
        HistoryEntry(
            event: Event(
                time: Timestamp(milliseconds: Timestamp.now.milliseconds - age), type: type,
                workerId: worker.flatMap(WorkerID.init(rawValue:)), requestId: request))
    }

    /// Nine events; their seqs are 1 to 9.
    private static func history() throws -> History {
        let history = try History.inMemory()
        let day: Int64 = 86_400_000
        _ = try history.append([
            event(.agentStart, age: 8 * day),
            event(.fork, worker: 1, request: "a", age: 3 * day),
            event(.online, worker: 1, age: 3 * day),
            event(.fork, worker: 2, request: "a", age: 2 * day),
            event(.online, worker: 2, age: 2 * day),
            event(.exit, worker: 1, age: 3_600_000),
            event(.fork, worker: 3, request: "b", age: 60_000),
            event(.online, worker: 3, age: 60_000),
            event(.exit, worker: 3, age: 1000),
        ])
        return history
    }

    @Test func `a page token for removed events is an error, not a skip`() async throws {
        let history = try History.inMemory()
        _ = try history.append((1...300).map { _ in Self.event(.online) })
        try await AgentFixture.with(history: history) { agent in
            let first = try await agent.get("/v1/events?pageSize=100").decode(EventsReply.self)
            let token = try #require(first.nextPageToken)
            var retention = HistoryRetention()
            retention.maxEvents = 150
            while try await !history.prune(retention).isLast {}
            let next = try await agent.get("/v1/events?pageSize=100&pageToken=\(token)")
            #expect(next.reason == .seqExpired)
            retention.maxEvents = 50
            while try await !history.prune(retention).isLast {}
            let newest = try await agent.get("/v1/events?pageSize=100&order=desc").decode(EventsReply.self)
            #expect(newest.events.count == 50 && newest.nextPageToken == nil)
        }
    }

    private func seqs(_ query: String, of agent: AgentFixture) async throws -> [[Int64]] {
        var pages: [[Int64]] = []
        var token: String?
        repeat {
            let cursor = token.map { "&pageToken=\($0)" } ?? ""
            let reply = try await agent.get("/v1/events?\(query)\(cursor)")
            let page = try reply.decode(EventsReply.self)
            pages.append(page.events.compactMap(\.seq))
            token = page.nextPageToken
        } while token != nil
        return pages
    }

    @Test(
        arguments: [
            ("", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
            ("order=desc", [9, 8, 7, 6, 5, 4, 3, 2, 1]),
            ("type=exit", [6, 9]),
            ("type=exit,fork", [2, 4, 6, 7, 9]),
            ("workerId=1", [2, 3, 6]),
            ("requestId=a", [2, 4]),
            ("since=5d", [2, 3, 4, 5, 6, 7, 8, 9]),
            ("since=2h&order=desc", [9, 8, 7, 6]),
            ("until=30m&since=60h", [4, 5, 6]),
            ("since=1970-01-01T00:00:00Z&until=7d", [1]),
            ("afterSeq=7", [8, 9]),
            ("afterSeq=7&order=desc", [9, 8]),
            ("afterSeq=9", []),
            ("type=exit&workerId=3&order=asc", [9]),
        ] as [(String, [Int64])])
    func `filters work in both orders and over pages`(query: String, expected: [Int64]) async throws {
        try await AgentFixture.with(history: Self.history()) { agent in
            #expect(try await seqs(query, of: agent) == [expected])
            for size in 1...3 {
                let pages = try await seqs("\(query)&pageSize=\(size)", of: agent)
                #expect(pages.flatMap(\.self) == expected)
                #expect(pages.dropLast().allSatisfy { $0.count == size })
            }
        }
    }

    @Test(arguments: [
        ("type=explode", "type"), ("type=exit,,fork", "type"), ("workerId=0", "workerId"), ("workerId=x", "workerId"),
        ("since=yesterday", "since"), ("since=15", "since"), ("since=m", "since"), ("since=-5m", "since"),
        ("until=99999999999d", "until"), ("afterSeq=-1", "afterSeq"), ("afterSeq=x", "afterSeq"),
        ("afterSeq=9223372036854775808", "afterSeq"), ("order=up", "order"), ("order=asc&order=asc", "order"),
        ("pageSize=0", "pageSize"), ("foo=bar", "foo"), ("pageSize=%2B5", "pageSize"), ("pageSize=05", "pageSize"),
        ("afterSeq=%2B1", "afterSeq"), ("afterSeq=1.0", "afterSeq"), ("since=%2B5m", "since"), ("since=05m", "since"),
        ("workerId=007", "workerId"), ("requestId=%zz", "requestId"), ("requestId=%f", "requestId"),
        ("requestId=%ff", "requestId"), ("since=2026-02-30T00:00:00Z", "since"),
        ("until=2026-11-22T15:51:44Zjunk", "until"), ("type=", "type"), ("workerId", "workerId"),
        ("since=&order=asc", "since"),
    ])
    func `invalid parameters are refused`(query: String, parameter: String) async throws {
        try await AgentFixture.with(history: Self.history()) { agent in
            let reply = try await agent.get("/v1/events?\(query)")
            #expect(reply.status == 400 && reply.reason == .invalidParameter)
            #expect(reply.metadata["parameter"] == parameter)
        }
    }

    @Test func `a seq that the history has not reached is refused`() async throws {
        try await AgentFixture.with(history: Self.history()) { agent in
            let reply = try await agent.get("/v1/events?afterSeq=99")
            #expect(reply.status == 400 && reply.error?.status == .outOfRange && reply.reason == .seqExpired)
            #expect(reply.metadata["oldestSeq"] == "1")
        }
    }

    @Test func `a page token belongs to its query`() async throws {
        try await AgentFixture.with(history: Self.history()) { agent in
            let page = try await agent.get("/v1/events?type=fork&pageSize=1").decode(EventsReply.self)
            let token = try #require(page.nextPageToken)
            for query in ["type=exit", "", "type=fork&order=desc", "type=fork&workerId=1"] {
                let reply = try await agent.get("/v1/events?\(query)&pageToken=\(token)")
                #expect(reply.status == 400 && reply.reason == .invalidPageToken)
            }
        }
    }

    @Test func `an age means the same on each page`() async throws {
        try await AgentFixture.with(history: Self.history()) { agent in
            let first = try await agent.get("/v1/events?since=1h&pageSize=1").decode(EventsReply.self)
            let token = try PageToken(
                try #require(first.nextPageToken), filters: [nil, nil, nil, "1h", nil, nil, nil])
            let second = try await agent.get("/v1/events?since=1h&pageSize=1&pageToken=\(token.text)")
            let next = try PageToken(
                try #require(try second.decode(EventsReply.self).nextPageToken),
                filters: [nil, nil, nil, "1h", nil, nil, nil])
            #expect(token.since != nil && next.since == token.since)
        }
    }
}
