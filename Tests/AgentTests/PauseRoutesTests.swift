// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Agent

/// `POST /v1/workers/{id}:pause` and `:resume`.
struct PauseRoutesTests {
    @Test func `a worker is paused and resumed`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork")
            let paused = try await agent.post("/v1/workers/1:pause").decode(WorkerInfo.self)
            #expect(paused.paused && paused.id == .first)
            let resumed = try await agent.post("/v1/workers/1:resume", "{}").decode(WorkerInfo.self)
            #expect(!resumed.paused)
        }
    }

    @Test func `an unknown worker and an unknown field are refused`() async throws {
        try await AgentFixture.with { agent in
            #expect(try await agent.post("/v1/workers/7:pause").reason == .workerNotFound)
            #expect(try await agent.post("/v1/workers/7:resume").reason == .workerNotFound)
            _ = try await agent.post("/v1/workers:fork")
            #expect(try await agent.post("/v1/workers/1:pause", #"{"for":1}"#).status == 400)
        }
    }
}
