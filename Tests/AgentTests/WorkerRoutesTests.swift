// SPDX-License-Identifier: Apache-2.0

import Contract
import History
import Shared
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct WorkerRoutesTests {
    /// All pages of a list.
    private func ids(_ query: String, of agent: AgentFixture) async throws -> [[Int]] {
        var pages: [[Int]] = []
        var token: String?
        repeat {
            let cursor = token.map { "&pageToken=\($0)" } ?? ""
            let reply = try await agent.get("/v1/workers?\(query)\(cursor)")
            let page = try reply.decode(WorkersReply.self)
            pages.append(page.workers.map(\.id.rawValue))
            token = page.nextPageToken
        } while token != nil
        return pages
    }

    @Test func `live workers are listed by id and page`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(5)
            await agent.primary.didExit(.first)
            #expect(try await ids("pageSize=2", of: agent) == [[2, 3], [4, 5]])
        }
    }

    @Test func `live workers are shown with what they do, and ended ones without`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(2)
            await agent.primary.didExit(.first)
            let workers = try await agent.get("/v1/workers?all=true").decode(WorkersReply.self).workers
            #expect(workers.map { $0.figures?.connections.declined } == [nil, 2])
            #expect(workers.last?.figures?.residentBytes == 50 << 20)
            let body = try await agent.get("/v1/workers/2").body
            #expect(body.contains(#""eventLoopDelayMs":null"#) && body.contains(#""waiting":null"#))
            #expect(try await !agent.get("/v1/workers/1").body.contains("figures"))
            #expect(try await !agent.get("/v1/events").body.contains("figures"))
        }
    }

    @Test func `ended workers are listed among the live ones`() async throws {
        try await AgentFixture.with { agent in
            let workers = try await agent.fork(6)
            for id in [workers[1], workers[2], workers[4]] { await agent.primary.didExit(id) }
            #expect(try await ids("all=true", of: agent) == [[1, 2, 3, 4, 5, 6]])
            for size in 1...7 {
                let pages = try await ids("all=true&pageSize=\(size)", of: agent)
                #expect(pages.flatMap(\.self) == [1, 2, 3, 4, 5, 6])
                #expect(pages.allSatisfy { $0.count <= size })
            }
        }
    }

    @Test func `the workers of one state are listed`() async throws {
        try await AgentFixture.with { agent in
            let workers = try await agent.fork(6)
            for id in [workers[1], workers[2], workers[4]] { await agent.primary.didExit(id) }
            await agent.primary.didComeOnline(workers[3])
            #expect(try await ids("all=true&state=dead&pageSize=2", of: agent).flatMap(\.self) == [2, 3, 5])
            #expect(try await ids("all=true&state=none&pageSize=1", of: agent).flatMap(\.self) == [1, 6])
            #expect(try await ids("state=online,none", of: agent) == [[1, 4, 6]])
        }
    }

    @Test func `leaving workers are listed`() async throws {
        try await AgentFixture.with { agent in
            let workers = try await agent.fork(4)
            await agent.primary.didComeOnline(workers[0])
            for id in [workers[0], workers[2]] { await agent.primary.didBeginToLeave(id) }
            await agent.primary.didExit(workers[3])
            #expect(try await ids("state=leaving", of: agent) == [[1, 3]])
            #expect(try await ids("state=leaving&all=true", of: agent) == [[1, 3]])
            #expect(try await ids("state=leaving,dead&all=true", of: agent) == [[1, 3, 4]])
        }
    }

    @Test func `a worker that ended long ago is found`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork()
            await agent.primary.didExit(.first)
            let worker = try await agent.get("/v1/workers/1").decode(WorkerInfo.self)
            #expect(worker.dead && worker.exitCode == 0 && worker.state == .dead)
        }
    }

    @Test func `a worker that never existed is not found`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.get("/v1/workers/9")
            #expect(reply.status == 404 && reply.reason == .workerNotFound)
        }
    }

    @Test func `live workers are shown without a history`() async throws {
        try await AgentFixture.with(history: .broken) { agent in
            _ = try await agent.fork()
            let status = try await agent.get("/v1/workers/1").status
            #expect(status == 200)
            let listed = try await agent.get("/v1/workers").status
            #expect(listed == 200)
            for path in ["/v1/workers/2", "/v1/workers?all=true", "/v1/events"] {
                let reply = try await agent.get(path)
                #expect(reply.status == 503 && reply.reason == .historyUnavailable)
            }
        }
    }

    @Test(arguments: [
        ("pageSize=0", "pageSize"), ("pageSize=1001", "pageSize"), ("pageSize=x", "pageSize"),
        ("state=gone", "state"), ("state=", "state"), ("pageToken=", "pageToken"),
        ("state=online,", "state"), ("all=1", "all"), ("limit=5", "limit"),
    ])
    func `invalid parameters are refused`(query: String, parameter: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.get("/v1/workers?\(query)")
            #expect(reply.status == 400 && reply.metadata["parameter"] == parameter)
        }
    }

    @Test func `a page token belongs to its list`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(3)
            let page = try await agent.get("/v1/workers?pageSize=1").decode(WorkersReply.self)
            let token = try #require(page.nextPageToken)
            let status = try await agent.get("/v1/workers?pageSize=2&pageToken=\(token)").status
            #expect(status == 200)
            let reply = try await agent.get("/v1/workers?all=true&pageToken=\(token)")
            #expect(reply.status == 400 && reply.reason == .invalidPageToken)
        }
    }
}
