// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// The ten lines of the README, each with two workers of the app that are there from the start.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ReadmeTests {
    private func withApp(_ body: (RunningAgent) async throws -> Void) async throws {
        try await withAgent("--workers", "2", workerScript("obedient.js")) { agent in
            for id in 1...2 { try await agent.event(.listening, of: id) }
            try await body(agent)
            await agent.stopInGoodOrder()
        }
    }

    @Test func `the workers answer on the shared port in turn`() async throws {
        try await withApp { agent in
            let address = try #require(try await agent.worker(1).listening.first)
            let port = try #require(address.port.flatMap { UInt16(exactly: $0) })
            var answers: Set<String> = []
            for _ in 0..<2 { answers.insert(try await TCPClient.get(port: port)) }
            #expect(answers == ["worker 1", "worker 2"])
        }
    }

    @Test func `workers shows a line for each worker`() async throws {
        try await withApp { agent in
            let outcome = try await agent.cli("workers")
            let lines = outcome.output.split(separator: "\n")
            #expect(outcome.status == 0 && lines.count == 3)
            for (line, worker) in zip(lines.dropFirst(), try await agent.workers()) {
                let pid = try #require(worker.pid)
                #expect(line.contains("\(worker.id)") && line.contains("\(pid)") && line.contains("listening"))
            }
        }
    }

    @Test func `fork with --wait listening answers when the new ones listen`() async throws {
        try await withApp { agent in
            let outcome = try await agent.cli("fork", "2", "--wait", "listening", "--output", "json")
            let reply = try JSONDecoder().decode(WorkersReply.self, from: Data(outcome.output.utf8))
            #expect(outcome.status == 0)
            #expect(reply.workers.map(\.id.rawValue) == [3, 4])
            #expect(reply.workers.allSatisfy { $0.state == .listening })
        }
    }

    @Test func `kill ends a worker by SIGTERM`() async throws {
        try await withApp { agent in
            #expect(try await agent.cli("kill", "1").status == 0)
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["signal"] == "SIGTERM" && exit.data["exitedAfterDisconnect"] == false)
            #expect(try await agent.workers().map(\.id.rawValue) == [2])
        }
    }

    @Test func `disconnect with --wait answers when the worker is disconnected`() async throws {
        try await withApp { agent in
            let outcome = try await agent.cli("disconnect", "2", "--wait", "-o", "json")
            #expect(outcome.status == 0)
            #expect(try await agent.kinds(of: 2).contains(.disconnect))
            #expect(try await agent.worker(2).exitedAfterDisconnect == true)
        }
    }

    @Test func `send reaches process.on('message')`() async throws {
        try await withApp { agent in
            let outcome = try await agent.cli("send", "1", #"{"exit":7}"#)
            #expect(outcome.status == 0)
            #expect(try await agent.event(.exit, of: 1).data["code"] == 7)
        }
    }

    @Test func `events shows what happened and who asked for it`() async throws {
        try await withApp { agent in
            _ = try await agent.cli("setup-primary", "--silent")
            _ = try await agent.cli("kill", "1")
            try await agent.event(.exit, of: 1)
            let outcome = try await agent.cli("events", "--since", "5m")
            let lines = outcome.output.split(separator: "\n")
            #expect(outcome.status == 0)
            #expect(lines.contains { $0.contains("agentStart") })
            #expect(lines.contains { $0.contains("POST /v1/workers/1:kill 200 by uid:\(getuid())") })
            #expect(lines.contains { $0.contains("SIGTERM") })
            // Not those of the two forks.
            let setups = lines.filter { $0.contains(" setup ") }
            #expect(setups.count == 1 && setups[0].contains("revision 2: "), "\(setups)")
            #expect(!setups[0].contains("{"), "the whole settings are no line to read")
        }
    }

    @Test func `events --follow shows what happens meanwhile`() async throws {
        try await withApp { agent in
            let follower = try agent.startCLI(["events", "--follow", "--since", "1h", "-o", "jsonl"])
            // It follows as soon as it has shown what was there.
            try await follower.output.first { $0.contains(#""type":"listening""#) && $0.contains(#""workerId":2"#) }
            _ = try await agent.cli("kill", "2")
            try await follower.output.first { $0.contains(#""type":"exit""#) && $0.contains("SIGTERM") }
            follower.signal(SIGINT)
            #expect(await follower.status() == 130)
        }
    }

    @Test func `curl needs no token on the unix socket`() async throws {
        try await withApp { agent in
            let reply = try await agent.call("GET", "/v1/workers", over: .unix)
            #expect(try reply.decoded(WorkersReply.self).workers.count == 2)
        }
    }

    @Test func `curl on TCP gives the token of the data directory`() async throws {
        try await withApp { agent in
            let reply = try await agent.call("GET", "/v1/workers", over: .tcp)
            #expect(try reply.decoded(WorkersReply.self).workers.count == 2)
        }
    }
}
