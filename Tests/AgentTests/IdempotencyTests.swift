// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import History
import Hummingbird
import Shared
import Testing

@testable import Agent

/// `Idempotency-Key`, as a client sees it.
@Suite(.timeLimit(.minutes(1)))
struct IdempotencyTests {
    private static let key: HTTPFields = [.idempotencyKey: "k 1"]

    @Test func `a repeat gets the first answer`() async throws {
        try await AgentFixture.with { agent in
            let first = try await agent.post("/v1/workers:fork", #"{"count":2}"#, headers: Self.key)
            let second = try await agent.post("/v1/workers:fork", #"{"count":2}"#, headers: Self.key)
            #expect(first.status == 201 && second.status == 201 && first.body == second.body)
            #expect(first.headers[.idempotentReplayed] == nil && second.headers[.idempotentReplayed] == "true")
            #expect(second.headers[.contentType] == "application/json")
            #expect(first.headers[.requestID] != second.headers[.requestID])
            #expect(await agent.primary.workers.count == 2)
        }
    }

    @Test func `fifty requests at once fork once`() async throws {
        try await AgentFixture.with { agent in
            let bodies = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 {
                    group.addTask { try await agent.post("/v1/workers:fork", headers: Self.key).body }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(bodies.count == 1)
            #expect(await agent.primary.workers.count == 1)
        }
    }

    @Test func `another request may not use the key`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", #"{"count":2}"#, headers: Self.key)
            for (path, body) in [
                ("/v1/workers:fork", #"{"count":3}"#), ("/v1/workers/1:kill", #"{"count":2}"#),
                ("/v1/workers:fork", nil),
            ] {
                let reply = try await agent.post(path, body, headers: Self.key)
                #expect(reply.status == 400 && reply.reason == .idempotencyKeyReused)
            }
            #expect(await agent.primary.workers.count == 2)
        }
    }

    @Test func `a verb is the same in both spellings`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", headers: Self.key)
            let reply = try await agent.post("/v1/workers%3Afork", headers: Self.key)
            #expect(reply.status == 201 && reply.headers[.idempotentReplayed] == "true")
        }
    }

    @Test func `a refusal is an answer too`() async throws {
        try await AgentFixture.with { agent in
            let first = try await agent.post("/v1/workers/1:kill", headers: Self.key)
            _ = try await agent.fork()
            let second = try await agent.post("/v1/workers/1:kill", headers: Self.key)
            #expect(first.status == 404 && second.status == 404 && first.body == second.body)
            #expect(second.reason == .workerNotFound)
            #expect(await agent.primary.signals.isEmpty)
        }
    }

    @Test func `a command that could not begin may be tried again`() async throws {
        try await AgentFixture.with { agent in
            await agent.primary.fail(ClusterError(.resourceExhausted, .tooManyWorkers, "full"))
            let first = try await agent.post("/v1/workers:fork", headers: Self.key)
            let second = try await agent.post("/v1/workers:fork", headers: Self.key)
            #expect(first.status == 429 && second.status == 201)
        }
    }

    @Test func `only commands have keys`() async throws {
        try await AgentFixture.with { agent in
            for _ in 0..<2 {
                let reply = try await agent.get("/v1/workers", headers: Self.key)
                #expect(reply.status == 200 && reply.headers[.idempotentReplayed] == nil)
                _ = try await agent.fork()
            }
        }
    }

    @Test func `keys work without a history`() async throws {
        try await AgentFixture.with(history: .broken) { agent in
            for _ in 0..<2 { _ = try await agent.post("/v1/workers:fork", headers: Self.key) }
            #expect(await agent.primary.workers.count == 1)
        }
    }

    @Test(arguments: ["", "tab\there", String(repeating: "k", count: 129), "schlüssel"])
    func `an unusable key is refused`(key: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/workers:fork", headers: [.idempotencyKey: key])
            #expect(reply.status == 400 && reply.metadata["parameter"] == "Idempotency-Key")
            #expect(await agent.primary.workers.isEmpty)
        }
    }
}
