// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import History
import Shared
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct StatusRoutesTests {
    @Test func `a running agent is healthy and ready`() async throws {
        try await AgentFixture.with { agent in
            for path in ["/healthz", "/readyz"] {
                let reply = try await agent.anonymous(.get, path)
                #expect(reply.status == 200 && reply.body == #"{"status":"ok"}"#)
            }
        }
    }

    @Test func `a stopping agent is healthy but not ready`() async throws {
        try await AgentFixture.with { agent in
            agent.assembly.phase.didBeginToStop()
            let status = try await agent.anonymous(.get, "/healthz").status
            #expect(status == 200)
            let reply = try await agent.anonymous(.get, "/readyz")
            #expect(reply.status == 503)
            #expect(try reply.decode(HealthReply.self).reason == "the agent is shutting down")
        }
    }

    @Test func `an agent without a history is not ready`() async throws {
        try await AgentFixture.with(history: .broken) { agent in
            // The answer comes when the fork's events are stored, or cannot be.
            _ = try await agent.post("/v1/workers:fork")
            let status = try await agent.anonymous(.get, "/healthz").status
            #expect(status == 200)
            let reply = try await agent.anonymous(.get, "/readyz")
            #expect(reply.status == 503)
            #expect(try reply.decode(HealthReply.self).reason != nil)
        }
    }

    @Test func `an agent without descriptors is not ready`() async throws {
        try await AgentFixture.with(history: .inMemory(), reserve: DescriptorReserve(limit: 0, logger: .silent)) {
            agent in
            let status = try await agent.anonymous(.get, "/healthz").status
            #expect(status == 200)
            let reply = try await agent.anonymous(.get, "/readyz")
            #expect(reply.status == 503)
            #expect(try reply.decode(HealthReply.self).reason?.contains("descriptors") == true)
        }
    }

    @Test func `the agent tells its version`() async throws {
        try await AgentFixture.with { agent in
            let version = try await agent.get("/v1/version").decode(VersionReply.self)
            #expect(version == agent.assembly.identity.reply)
        }
    }

    @Test func `HEAD is answered without a body`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.call(.head, "/v1/version")
            #expect(reply.status == 200 && reply.body.isEmpty)
            let refused = try await agent.call(.head, "/v1/nothing")
            #expect(refused.status == 404 && refused.body.isEmpty)
        }
    }
}
