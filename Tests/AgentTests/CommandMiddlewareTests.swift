// SPDX-License-Identifier: Apache-2.0

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

    @Test func auditsWhatWasDone() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", #"{"count":2}"#, headers: [.requestID: "r-1"])
            let event = try #require(try await commands(1, of: agent).first)
            #expect(event.requestId == "r-1" && event.workerId == nil)
            #expect(event.data["principal"] == "token:admin")
            #expect(event.data["method"] == "POST" && event.data["path"] == "/v1/workers:fork")
            #expect(event.data["status"] == 201 && event.data["workerIds"] == [1, 2])
        }
    }

    @Test func auditsWhatWasRefused() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers/7:kill")
            let event = try #require(try await commands(1, of: agent).first)
            #expect(event.data["status"] == 404 && event.workerId == WorkerID("7"))
        }
    }

    @Test func auditsNoReading() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.get("/v1/workers")
            _ = try await agent.post("/v1/workers:fork")
            #expect(try await commands(1, of: agent).map { $0.data["method"] } == ["POST"])
        }
    }

    @Test func keepsSecretsOutOfTheHistory() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.post("/v1/workers:fork", #"{"env":{"PASSWORD":"hunter2"}}"#)
            _ = try await commands(1, of: agent)
            let history = try await agent.get("/v1/events")
            #expect(!history.body.contains("hunter2") && !history.body.contains(AgentFixture.token))
        }
    }

    @Test func answersWhenWhatItCausedIsStored() async throws {
        let history = try History.inMemory()
        try await AgentFixture.with(history: history) { agent in
            for count in 1...20 {
                _ = try await agent.post("/v1/workers:fork", headers: [.requestID: "r-\(count)"])
                let query = EventQuery(types: [.fork], requestID: "r-\(count)")
                #expect(try await history.perform { try $0.events(query) }.count == 1)
            }
        }
    }

    @Test func takesNoCommandsWhileTheAgentStops() async throws {
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
}
