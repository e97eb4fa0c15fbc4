// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// What a disk can do to the history: the workers, the API and the agent go on, and say what is wrong.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct HistoryFaultTests {
    private static let app = ["--workers", "1", workerScript("obedient.js")]

    /// Forks, serves and kills, though nothing may be stored.
    private func useWorkers(_ agent: RunningAgent) async throws {
        let worker = try #require(try await agent.forkListening(1).first)
        let port = try #require(worker.listening.first?.port)
        let served = try await RunningProgram.run("curl", ["-sS", "http://127.0.0.1:\(port)/"])
        // Whichever of those that share it.
        #expect(served.output.hasPrefix("worker "))
        let reply = try await agent.post("/v1/workers/\(worker.id):kill", #"{"signal": "SIGKILL", "wait": true}"#)
        #expect(try reply.decoded(WorkerInfo.self).dead)
        #expect(try await agent.call("GET", "/healthz").status == 200)
    }

    /// Asks until `/readyz` answers with this.
    private func awaitReadiness(_ agent: RunningAgent, _ text: String) async throws {
        while case let reply = try await agent.call("GET", "/readyz"), !reply.body.contains(text) {
            try Task.checkCancellation()
            // Whether the disk works shows when something is written to it.
            _ = try await agent.call("POST", "/v1/workers/999:kill")
        }
    }

    /// Waits until the history works again, and finds in it what happened to worker 2 meanwhile.
    private func expectRecovery(_ agent: RunningAgent) async throws {
        try await awaitReadiness(agent, "ok")
        try await agent.event(.exit, of: 2)
        #expect(try await agent.kinds(of: 2) == [.fork, .online, .listening, .disconnect, .exit])
    }

    private func expectSound(_ directory: URL) async throws {
        let outcome = try await RunningProgram.run(
            RunningProgram.built("cluster-agent"), ["history", "verify", "--data-dir", directory.path])
        #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
    }

    @Test(.enabled(if: geteuid() == 0, "only root may mount"))
    func `a full disk makes events wait`() async throws {
        try await SmallDisk.with(bytes: 4 << 20) { disk in
            try await runAgent(Self.app, in: disk.directory) { agent in
                try await agent.event(.listening, of: 1)
                try await disk.whileFull {
                    try await awaitReadiness(agent, "the disk is full")
                    try await useWorkers(agent)
                }
                try await expectRecovery(agent)
                await agent.stopInGoodOrder()
            }
            try await expectSound(disk.directory)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root may mount"))
    func `events lost to a full disk are a gap in the next run, and no id comes twice`() async throws {
        try await SmallDisk.with(bytes: 4 << 20) { disk in
            var lost: WorkerID?
            try await runAgent(Self.app, in: disk.directory) { agent in
                try await agent.event(.listening, of: 1)
                try await disk.whileFull {
                    try await awaitReadiness(agent, "the disk is full")
                    lost = try await agent.forkListening(1).first?.id
                    agent.program.signal(SIGTERM)
                    await agent.program.status()
                }
            }
            try await runAgent(Self.app, in: disk.directory) { agent in
                let ids = try await agent.workers().map(\.id)
                #expect(ids.count == 1 && lost != nil && ids.first != lost)
                let gap = try #require(try await agent.history("type=gap").first)
                #expect(gap.data["reason"] != nil)
            }
            try await expectSound(disk.directory)
        }
    }

    @Test(arguments: [EROFS, EIO, ENOSPC])
    func `a disk that refuses writes makes events wait`(code: Int32) async throws {
        try await withTemporaryDirectory { directory in
            let disk = try await FaultyDisk(in: directory)
            try await runAgent(Self.app, in: directory, environment: disk.environment) { agent in
                try await agent.event(.listening, of: 1)
                try disk.begin(.error(code))
                try await awaitReadiness(agent, "cannot write to the history")
                try await useWorkers(agent)
                try disk.end()
                try await expectRecovery(agent)
                await agent.stopInGoodOrder()
            }
            try await expectSound(directory)
        }
    }

    @Test func `a lock that somebody holds makes events wait`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            let path = agent.dataDirectory.appending(path: "history.sqlite").path
            let hold = """
                import signal, sqlite3, sys
                db = sqlite3.connect(sys.argv[1], isolation_level=None)
                db.execute('BEGIN IMMEDIATE')
                print('locked', flush=True)
                signal.pause()
                """
            let holder = try RunningProgram("python3", ["-c", hold, path])
            try await holder.output.first { $0 == "locked" }
            try await awaitReadiness(agent, "holds a lock")
            try await useWorkers(agent)
            await holder.stop()
            try await expectRecovery(agent)
        }
    }

    @Test func `a disk that takes five seconds to answer stops nobody`() async throws {
        try await withTemporaryDirectory { directory in
            let disk = try await FaultyDisk(in: directory)
            try await runAgent(Self.app, in: directory, environment: disk.environment) { agent in
                try await agent.event(.listening, of: 1)
                try disk.begin(.slow(seconds: 5))
                try await awaitReadiness(agent, "disk is slow")
                try await useWorkers(agent)
                #expect(await agent.program.errors.lines.contains { $0.contains("disk is slow") })
                try disk.end()
                try await expectRecovery(agent)
                await agent.stopInGoodOrder()
            }
            try await expectSound(directory)
        }
    }

    @Test func `a disk that never answers does not keep the agent from ending`() async throws {
        try await withTemporaryDirectory { directory in
            let disk = try await FaultyDisk(in: directory)
            try await runAgent(Self.app, in: directory, environment: disk.environment) { agent in
                try await agent.event(.listening, of: 1)
                try disk.begin(.slow(seconds: 600))
                try await awaitReadiness(agent, "disk is slow")
                await agent.stopInGoodOrder()
            }
            try disk.end()
            try await expectSound(directory)
        }
    }

    @Test func `a damaged file is set aside and a new one begins`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "history.sqlite")
            try Data(repeating: 0x58, count: 20_000).write(to: path)
            try await runAgent(Self.app, in: directory) { agent in
                let id = try #require(try await agent.workers().first?.id.rawValue)
                try await agent.event(.listening, of: id)
                #expect(try await agent.history().map(\.type).prefix(2) == [.gap, .agentStart])
                #expect(try await agent.call("GET", "/readyz").status == 200)
                #expect(await agent.program.errors.lines.contains { $0.contains("damaged") })
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            let aside = try #require(names.first { $0.hasPrefix("history.sqlite.damaged-") })
            #expect(try Data(contentsOf: directory.appending(path: aside)).count == 20_000)
        }
    }

    /// Marks the file as one of a newer version, or takes the mark away.
    private func change(_ path: String, isNewer: Bool) async throws {
        let statement =
            isNewer
            ? "INSERT INTO grdb_migrations VALUES ('v9999_of_tomorrow')"
            : "DELETE FROM grdb_migrations WHERE identifier = 'v9999_of_tomorrow'"
        let edit = """
            import sqlite3, sys
            with sqlite3.connect(sys.argv[1]) as db:
                db.execute(sys.argv[2])
            """
        #expect(try await RunningProgram.run("python3", ["-c", edit, path, statement]).status == 0)
    }

    @Test func `a file of a newer version is left alone`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(in: directory) { await $0.stopInGoodOrder() }
            let path = directory.appending(path: "history.sqlite").path
            try await change(path, isNewer: true)
            let before = try Data(contentsOf: URL(filePath: path))
            try await runAgent(Self.app, in: directory) { agent in
                try await awaitReadiness(agent, "newer version")
                try await useWorkers(agent)
            }
            #expect(try Data(contentsOf: URL(filePath: path)) == before)
        }
    }

    @Test func `a history that opens late names the agent and ends what another run left behind`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await RunningAgent.start(
                ["--workers", "1", "/bin/sleep", "1000"], in: directory, environment: [:])
            try await first.event(.fork, of: 1)
            let id = try await first.get("/v1/version", as: VersionReply.self).agentId
            let worker = try #require(try await first.worker(1).pid)
            defer { kill(worker, SIGKILL) }
            try await first.killWithGuard()

            let path = directory.appending(path: "history.sqlite").path
            try await change(path, isNewer: true)
            try await runAgent(in: directory) { agent in
                try await awaitReadiness(agent, "newer version")
                #expect(try await agent.get("/v1/version", as: VersionReply.self).agentId.isEmpty)
                #expect(ProcessTable.isAlive(worker), "else this shows nothing")
                try await change(path, isNewer: false)
                try await awaitReadiness(agent, "ok")
                #expect(try await agent.get("/v1/version", as: VersionReply.self).agentId == id)
                while ProcessTable.isAlive(worker) { await Task.yield() }
            }
        }
    }

    @Test func `an agent with a copy of another's history leaves that one's workers alone`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(["--workers", "1", "/bin/sleep", "1000"], in: directory) { first in
                try await first.event(.fork, of: 1)
                let worker = try #require(try await first.worker(1).pid)
                try await withTemporaryDirectory { copy in
                    for file in ["history.sqlite", "history.sqlite-wal"] {
                        try FileManager.default.copyItem(
                            at: directory.appending(path: file), to: copy.appending(path: file))
                    }
                    try await runAgent(in: copy) { second in
                        // It has read of the worker, and believes it dead.
                        let events = try await second.history("type=exit")
                        #expect(events.map(\.pid) == [worker])
                        #expect(ProcessTable.isAlive(worker))
                    }
                }
            }
        }
    }
}
