// SPDX-License-Identifier: Apache-2.0

import Contract
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

    @Test func `the answer is the worker as others see it, and paused workers are counted`() async throws {
        try await AgentFixture.withSlowWorkers { agent in
            try await agent.scale(to: 1)
            await agent.supervisor.didListen(.first)
            let paused = try await agent.post("/v1/workers/1:pause").decode(WorkerInfo.self)
            #expect(paused.ready == true && paused.paused)
            let cluster = try await agent.get("/v1/cluster").decode(ClusterReply.self)
            #expect(cluster.workers.paused == 1 && cluster.workers.total == 1)
            #expect(try await agent.get("/metrics").body.contains("cluster_workers_paused 1\n"))
            let resumed = try await agent.post("/v1/workers/1:resume").decode(WorkerInfo.self)
            #expect(resumed.ready == true && !resumed.paused)
        }
    }

    @Test func `an unknown worker and an unknown field are refused`() async throws {
        try await AgentFixture.with { agent in
            #expect(try await agent.post("/v1/workers/7:pause").reason == .workerNotFound)
            #expect(try await agent.post("/v1/workers/7:resume").reason == .workerNotFound)
            _ = try await agent.post("/v1/workers:fork")
            let refused = try await agent.post("/v1/workers/1:pause", #"{"for":1}"#)
            #expect(refused.status == 400 && refused.body.contains("there is no field for here; this call takes none"))
        }
    }
}
