// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import History
import Hummingbird
import Shared
import Testing

@testable import Agent

/// What holds for every command.
@Suite(.timeLimit(.minutes(1)))
struct CommandMiddlewareTests {
    /// The audit's events, when there are `count` of them.
    private func commands(_ count: Int, of agent: AgentFixture) async throws -> [Event] {
        while true {
            let events = try await agent.get("/v1/events?type=command").decode(EventsReply.self).events
            if events.count >= count { return events }
            await Task.yield()
        }
    }

    @Test func `a command that was done is audited`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", #"{"count":2}"#, headers: [.requestID: "r-1"])
            let event = try #require(try await commands(1, of: agent).first)
            #expect(event.requestId == "r-1" && event.workerId == nil)
            #expect(event.data["principal"] == "token:admin")
            #expect(event.data["method"] == "POST" && event.data["path"] == "/v1/workers:fork")
            #expect(event.data["status"] == 201 && event.data["workerIds"] == [1, 2])
        }
    }

    @Test func `a refused command is audited`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers/7:kill")
            let event = try #require(try await commands(1, of: agent).first)
            #expect(event.data["status"] == 404 && event.workerId == WorkerID("7"))
        }
    }

    @Test func `reading is not audited`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.get("/v1/workers")
            _ = try await agent.post("/v1/workers:fork")
            #expect(try await commands(1, of: agent).map { $0.data["method"] } == ["POST"])
        }
    }

    @Test func `the history has no secrets`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", #"{"env":{"PASSWORD":"hunter2"}}"#)
            _ = try await commands(1, of: agent)
            let history = try await agent.get("/v1/events")
            #expect(!history.body.contains("hunter2") && !history.body.contains(AgentFixture.token))
        }
    }

    @Test func `the answer comes once the command's events are stored`() async throws {
        let history = try History.inMemory()
        try await AgentFixture.with(history: history) { agent in
            for count in 1...20 {
                _ = try await agent.post("/v1/workers:fork", headers: [.requestID: "r-\(count)"])
                let query = EventQuery(types: [.fork], requestID: "r-\(count)")
                #expect(try await history.perform { try $0.events(query) }.count == 1)
            }
        }
    }

    @Test func `commands are refused while the agent stops`() async throws {
        try await AgentFixture.with { agent in
            agent.assembly.phase.didBeginToStop()
            let reply = try await agent.post("/v1/workers:fork")
            #expect(reply.status == 503 && reply.reason == .shuttingDown)
            #expect(reply.headers[.retryAfter] != nil)
            #expect(await agent.primary.workers.isEmpty)
            let listed = try await agent.get("/v1/workers").status
            #expect(listed == 200)
        }
    }

    @Test(arguments: [
        "/healthz", "/readyz", "//healthz", "/healthz/", "/unknown", "/v1/nothing", "/v1/workers", "/v1/workers:fork",
    ])
    func `strangers leave no trace in the history`(path: String) async throws {
        let history = try History.inMemory()
        try await AgentFixture.with(history: history) { agent in
            for _ in 0..<3 {
                let reply = try await agent.anonymous(
                    .post, path, headers: [.requestID: "r-1", .idempotencyKey: "k"])
                #expect([401, 404, 405].contains(reply.status))
                #expect(reply.headers[.idempotentReplayed] == nil)
            }
            _ = try await agent.post("/v1/workers:fork")
            #expect(try await commands(1, of: agent).map { $0.data["principal"] } == ["token:admin"])
            let metrics = try await agent.get("/metrics").body
            #expect(metrics.contains("cluster_api_refusals_total{reason=\""))
        }
    }

    @Test func `a call that is not a command is not audited`() async throws {
        try await AgentFixture.with { agent in
            for path in ["/v1/nothing", "/v1/workers", "/v1/workers/1:explode"] { _ = try await agent.post(path) }
            _ = try await agent.post("/v1/workers:fork")
            #expect(try await commands(1, of: agent).map { $0.data["path"] } == ["/v1/workers:fork"])
        }
    }

    @Test func `the audit names the path without empty parts`() async throws {
        try await AgentFixture.with { agent in
            let path = String(repeating: "/", count: 900) + "v1//workers:fork/"
            let reply = try await agent.post(path)
            #expect(reply.status == 201)
            #expect(try await commands(1, of: agent).map { $0.data["path"] } == ["/v1/workers:fork"])
        }
    }

    @Test func `a reader cannot fill the audit`() async throws {
        let clock = ManualClock()
        try await AgentFixture.with(clock: clock) { agent in
            for _ in 0..<100 {
                let reply = try await agent.call(.fork, as: .read, json: "{}")
                #expect(reply.status == 403)
            }
            _ = try await agent.post("/v1/workers:fork")
            let principals = try await commands(1, of: agent).map { $0.data["principal"] }
            #expect(principals == Array(repeating: "token:reader", count: 20) + ["token:admin"])
            #expect(try await agent.get("/metrics").body.contains("{reason=\"ROLE_INSUFFICIENT\"} 100"))
        }
    }

    /// What is kept is for those who may give the command.
    @Test func `a reader's refusal is not kept for its key`() async throws {
        try await AgentFixture.with { agent in
            let key: HTTPFields = [.idempotencyKey: "k", .authorization: "Bearer reader"]
            for _ in 0..<2 {
                let reply = try await agent.post("/v1/workers:fork", headers: key)
                #expect(reply.status == 403 && reply.headers[.idempotentReplayed] == nil)
            }
        }
    }

    @Test func `another caller's request id changes nothing`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(2)
            let id = HTTPField.Name.requestID
            _ = try await agent.post("/v1/workers/1:kill", #"{"signal":9}"#, headers: [id: "r-1"])
            _ = try await agent.post(
                "/v1/workers/2:kill", #"{"signal":9}"#, headers: [id: "r-1", .authorization: "Bearer operator"])
            _ = try await agent.anonymous(.post, "/healthz", headers: [id: "r-1"])
            let exits = try await agent.get("/v1/events?type=exit").decode(EventsReply.self).events
            #expect(exits.map { $0.data["principal"] } == ["token:admin", "token:operator"])
            #expect(exits.map(\.requestId) == ["r-1", "r-1"])
            let worker = try await agent.get("/v1/workers/1").decode(WorkerInfo.self)
            #expect(worker.exit?.principal == "token:admin" && worker.exit?.requestId == "r-1")
        }
    }

    @Test func `the answer comes once the audit is stored`() async throws {
        let history = try History.inMemory()
        try await AgentFixture.with(history: history) { agent in
            for count in 1...20 {
                _ = try await agent.post("/v1/workers/9:kill", headers: [.requestID: "r-\(count)"])
                let query = EventQuery(types: [.command], requestID: "r-\(count)")
                #expect(try await history.perform { try $0.events(query) }.count == 1)
            }
        }
    }
}
