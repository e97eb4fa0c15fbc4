// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// What comes and goes in numbers is given back.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct LoadTests {
    /// Asks the agent again and again until it has no more descriptors open than this.
    private func awaitDescriptors(atMost limit: Int, of agent: RunningAgent) async throws {
        while try ProcessTable.openDescriptors(of: agent.program.pid) > limit {
            try Task.checkCancellation()
            #expect(try await agent.call("GET", "/healthz").status == 200)
        }
    }

    @Test func `a thousand idle connections do not keep the API from answering`() async throws {
        try await withAgent { agent in
            let pid = agent.program.pid
            for _ in 0..<20 { _ = try await agent.call("GET", "/v1/version", over: .tcp) }
            let before = try ProcessTable.openDescriptors(of: pid)
            let idle = try HeldConnections(1000, to: agent.port)
            defer { idle.close() }
            for transport in RunningAgent.Transport.allCases {
                #expect(try await agent.call("GET", "/v1/version", over: transport).status == 200)
            }
            // The kernel has connected them all. The agent takes them from its backlog one after the other, and keeps half of an
            // address's places for callers with a token.
            while try ProcessTable.openDescriptors(of: pid) < before + 500 {
                try Task.checkCancellation()
                #expect(try await agent.call("GET", "/healthz").status == 200)
            }
            idle.close()
            try await awaitDescriptors(atMost: before, of: agent)
        }
    }

    @Test func `two hundred workers that come and go leave no descriptor and no thread`() async throws {
        try await withAgent("--workers", "0", "/bin/true") { agent in
            try await runOut(20, agent)
            let descriptors = try ProcessTable.openDescriptors(of: agent.program.pid)
            let threads = try ProcessTable.threads(of: agent.program.pid)
            try await runOut(200, agent)
            try await awaitDescriptors(atMost: descriptors, of: agent)
            // The runtime's pool may have grown by one or another.
            #expect(try ProcessTable.threads(of: agent.program.pid) <= threads + 8)
            #expect(try await agent.history("type=exit").count == 220)
        }
    }

    @Test func `workers that listen and die leave no descriptor`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.forkListening(1)
            try await agent.post("/v1/workers/2:kill", #"{"signal": "SIGKILL", "wait": true}"#)
            let before = try ProcessTable.openDescriptors(of: agent.program.pid)
            let workers = try await agent.forkListening(6)
            #expect(try ProcessTable.openDescriptors(of: agent.program.pid) > before, "else this shows nothing")
            for worker in workers {
                try await agent.post("/v1/workers/\(worker.id):kill", #"{"signal": "SIGKILL", "wait": true}"#)
            }
            try await awaitDescriptors(atMost: before, of: agent)
        }
    }

    /// Forks workers that end at once, and waits until they are all gone.
    private func runOut(_ count: Int, _ agent: RunningAgent) async throws {
        let workers = try await agent.post("/v1/workers:fork", #"{"count": \#(count)}"#).decoded(WorkersReply.self)
        #expect(workers.workers.count == count)
        let last = try #require(workers.workers.last?.id.rawValue)
        try await agent.event(.exit, of: last)
        while try await !agent.workers().isEmpty { try Task.checkCancellation() }
    }
}
