// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// Two agents, one after the other, on the same data directory.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct RestartTests {
    private static let app = ["--workers", "2", workerScript("obedient.js")]

    @Test func `the history of the first agent is still there`() async throws {
        try await withTemporaryDirectory { directory in
            var before: [Event] = []
            try await runAgent(Self.app, in: directory) { agent in
                for id in 1...2 { try await agent.event(.listening, of: id) }
                before = try await agent.history()
            }
            var after: [Event] = []
            try await runAgent(in: directory) { after = try await $0.history() }
            #expect(Array(after.prefix(before.count)) == before)
        }
    }

    @Test func `starts and stops are part of the history`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(in: directory) { await $0.stopInGoodOrder() }
            try await runAgent(in: directory) { agent in
                try await agent.withWatch("afterSeq=earliest") { watch in
                    _ = try await watch.first { $0.seq == 3 }
                    #expect(await watch.events.map(\.type) == [.agentStart, .agentStop, .agentStart])
                }
                let starts = try await agent.history("type=agentStart").map { $0.data["lastRun"]?["end"] }
                #expect(starts == ["none", "stopped"])
            }
        }
    }

    @Test func `ids and seqs continue`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(Self.app, in: directory) { agent in
                for id in 1...2 { try await agent.event(.listening, of: id) }
            }
            try await runAgent(Self.app, in: directory) { agent in
                for id in 3...4 { try await agent.event(.listening, of: id) }
                #expect(try await agent.workers().map(\.id.rawValue) == [3, 4])
                #expect(try await agent.workers().map(\.nodeId.rawValue) == [1, 2])
                let seqs = try await agent.history().compactMap(\.seq)
                #expect(zip(seqs, seqs.dropFirst()).allSatisfy(<))
            }
        }
    }

    @Test func `a watcher that resumes misses nothing and sees nothing twice`() async throws {
        try await withTemporaryDirectory { directory in
            var first: [Event] = []
            try await runAgent(Self.app, in: directory) { agent in
                try await agent.withWatch("afterSeq=earliest") { watch in
                    _ = try await watch.first { $0.type == .listening }
                    await agent.stopInGoodOrder()
                    // The stream has ended by itself.
                    #expect(await watch.program.status() == 0)
                    first = await watch.events
                }
            }
            let last = try #require(first.last?.seq)
            try await runAgent(Self.app, in: directory) { agent in
                var second: [Event] = []
                try await agent.withWatch("afterSeq=\(last)") { watch in
                    _ = try await watch.first { $0.type == .listening }
                    second = await watch.events
                }
                let all = try await agent.history()
                #expect(first + second == Array(all.prefix(first.count + second.count)))
            }
        }
    }

    @Test func `events --follow goes on over a restart without gap or repeat`() async throws {
        try await withTemporaryDirectory { directory in
            var running: RunningProgram?
            try await runAgent(Self.app, in: directory) { agent in
                running = try agent.startCLI(["events", "--follow", "--since", "1h", "-o", "json"])
                try await running?.output.first { $0.contains(#""type":"listening""#) }
            }
            let follower = try #require(running)
            try await runAgent(Self.app, in: directory) { agent in
                try await follower.output.first { $0.contains(#""type":"listening""#) && $0.contains(#""workerId":4"#) }
                follower.signal(SIGINT)
                #expect(await follower.status() == 130)
                let shown = try await follower.output.whole().map {
                    try JSONDecoder().decode(Event.self, from: Data($0.utf8))
                }
                #expect(shown == Array(try await agent.history().prefix(shown.count)))
            }
        }
    }

    @Test func `workers end by themselves if the agent is killed`() async throws {
        try await withAgent("--workers", "2", workerScript("obedient.js")) { agent in
            for id in 1...2 { try await agent.event(.listening, of: id) }
            agent.program.signal(SIGKILL)
            #expect(await agent.program.status() == -SIGKILL)
            // The fixture waits for the workers.
        }
    }

    @Test(arguments: ["SIGTERM", "SIGINT", "SIGHUP", "none"])
    func `a worker in an endless loop does not outlive an agent that is killed`(earlier: String) async throws {
        try await withAgent("--grace", "100ms", "--workers", "2", workerScript("obedient.js")) { agent in
            for id in 1...2 {
                try await agent.event(.listening, of: id)
                try await agent.post("/v1/workers/\(id):send", #"{"message": {"spin": true}}"#)
                try await agent.program.output.first { $0 == "spinning \(id)" }
            }
            // What the guard must not mind.
            if let number = Signal(earlier)?.number, let guardian = ProcessTable.guardian(of: agent) {
                kill(guardian, number)
            }
            agent.program.signal(SIGKILL)
            #expect(await agent.program.status() == -SIGKILL)
        }
    }

    @Test func `a program that knows nothing of channels does not outlive it either`() async throws {
        try await withAgent("--grace", "100ms", "--workers", "2", "/bin/sleep", "1000") { agent in
            for id in 1...2 { try await agent.event(.fork, of: id) }
            agent.program.signal(SIGKILL)
            #expect(await agent.program.status() == -SIGKILL)
        }
    }

    @Test func `a guard that is killed is replaced`() async throws {
        try await withAgent("--grace", "100ms", "--workers", "1", "/bin/sleep", "1000") { agent in
            try await agent.event(.fork, of: 1)
            let first = try #require(ProcessTable.guardian(of: agent))
            kill(first, SIGKILL)
            try await agent.program.errors.first { $0.contains("the workers' guard was killed; there is another") }
            agent.program.signal(SIGKILL)
            #expect(await agent.program.status() == -SIGKILL)
        }
    }

    @Test func `more workers than a guard's socket holds live on when it is killed, and the next guards them all`()
        async throws
    {
        let count = 300
        try await withAgent("--grace", "100ms", "--workers", "\(count)", "/bin/sleep", "1000") { agent in
            let first = try #require(ProcessTable.guardian(of: agent))
            kill(first, SIGKILL)
            try await agent.program.errors.first { $0.contains("the workers' guard was killed; there is another") }
            let second = try #require(ProcessTable.guardian(of: agent))
            // One for each worker, its socket and its epoll instance.
            while try ProcessTable.openDescriptors(of: second) < count + 2 { await Task.yield() }
            let workers = try await agent.get("/v1/workers?pageSize=1000", as: WorkersReply.self).workers
            #expect(workers.count { !$0.dead } == count)
            agent.program.signal(SIGKILL)
            #expect(await agent.program.status() == -SIGKILL)
            // The fixture waits for the workers' end.
        }
    }

    @Test func `workers that outlive even the guard end with the next start`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await RunningAgent.start(
                ["--workers", "1", "/bin/sleep", "1000"], in: directory, environment: [:])
            try await first.event(.fork, of: 1)
            let worker = try #require(try await first.worker(1).pid)
            defer { kill(worker, SIGKILL) }
            try await first.killWithGuard()
            #expect(ProcessTable.isAlive(worker), "else this shows nothing")
            try await runAgent(in: directory) { agent in
                #expect(!ProcessTable.isAlive(worker))
                let exit = try await agent.event(.exit, of: 1)
                #expect(exit.data["reason"] == "agentLost")
            }
        }
    }

    /// In a second run, the worker's id is not the one that its program knows.
    @Test func `processes of a worker that outlive even the guard end with the next start`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(["--workers", "1", "/bin/sleep", "1000"], in: directory) { agent in
                try await agent.event(.fork, of: 1)
            }
            let second = try await RunningAgent.start(
                ["--workers", "1", "/bin/sh", workerScript("wrapper.sh"), "wait"], in: directory, environment: [:])
            let line = try await second.program.output.first { $0.hasPrefix("server ") }
            let server = try #require(Int32(line.dropFirst("server ".count)))
            defer { kill(server, SIGKILL) }
            let worker = try #require(try await second.worker(2).pid)
            let guardian = try #require(ProcessTable.guardian(of: second))
            second.program.signal(SIGSTOP)
            kill(guardian, SIGKILL)
            second.program.signal(SIGKILL)
            await second.program.status()
            kill(worker, SIGKILL)
            while ProcessTable.isAlive(worker) { await Task.yield() }
            #expect(ProcessTable.isAlive(server), "else this shows nothing")
            try await runAgent(in: directory) { _ in
                #expect(!ProcessTable.isAlive(server))
            }
        }
    }

    @Test func `the next start records that the agent was killed and ends its workers`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(Self.app, in: directory) { agent in
                for id in 1...2 { try await agent.event(.listening, of: id) }
                agent.program.signal(SIGKILL)
                await agent.program.status()
            }
            try await runAgent(in: directory) { agent in
                for id in 1...2 {
                    let disconnect = try await agent.event(.disconnect, of: id)
                    let exit = try await agent.event(.exit, of: id)
                    #expect(exit.data["reason"] == "agentLost" && exit.data["code"] == .null)
                    let worker = try await agent.worker(id)
                    #expect(worker.dead && worker.exit == ExitReport(reason: .agentLost))
                    #expect(worker.disconnectedAt == disconnect.time && worker.exitedAt == exit.time)
                }
                let start = try #require(try await agent.history("type=agentStart&order=desc").first)
                #expect(start.data["lastRun"]?["end"] == "lost")
                let (events, workers) = (try await agent.cli("events"), try await agent.cli("workers", "--all"))
                for table in [events, workers] {
                    let rows = table.output.split(separator: "\n").filter { $0.contains("agent was killed") }
                    #expect(rows.count == 2, "\(table.output)")
                }
            }
        }
    }

    @Test func `an agent starts in the place of a killed one`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(Self.app, in: directory) { agent in
                for id in 1...2 { try await agent.event(.listening, of: id) }
                agent.program.signal(SIGKILL)
                await agent.program.status()
                #expect(FileManager.default.fileExists(atPath: agent.socket), "else this shows nothing")
            }
            try await runAgent(Self.app, in: directory) { agent in
                // Ids that were reserved are not given again, whatever became of them.
                let ids = try await agent.workers().map(\.id.rawValue)
                #expect(ids.count == 2 && ids.allSatisfy { $0 > 2 })
                for id in ids { try await agent.event(.listening, of: id) }
                await agent.stopInGoodOrder()
            }
        }
    }

    @Test func `events that a client has seen are there after SIGKILL`() async throws {
        try await withTemporaryDirectory { directory in
            var seen: [Event] = []
            try await runAgent(Self.app, in: directory) { agent in
                try await agent.withWatch("afterSeq=earliest") { watch in
                    _ = try await watch.first { $0.type == .listening }
                    agent.program.signal(SIGKILL)
                    await agent.program.status()
                    await watch.program.status()
                    seen = await watch.events
                }
            }
            var kept: [Event] = []
            try await runAgent(in: directory) { kept = try await $0.history() }
            #expect(Array(kept.prefix(seen.count)) == seen)
        }
    }
}
