// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// What a worker has started ends with it, and what comes to the agent as an orphan is reaped.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SessionTests {
    /// Runs an agent whose worker starts a server and then does this; passes on the server's pid.
    private func withServer(
        behind end: String, grace: String = "10m", _ body: (RunningAgent, Int32) async throws -> Void
    ) async throws {
        let arguments = ["/bin/sh", workerScript("wrapper.sh"), end]
        try await withTemporaryDirectory { directory in
            let options = ["--grace", grace, "--workers", "1", "--worker-disconnect-signal", "SIGTERM"]
            try await runAgent(options + arguments, in: directory) { agent in
                let line = try await agent.program.output.first { $0.hasPrefix("server ") }
                try await body(agent, try #require(Int32(line.dropFirst("server ".count))))
                // The fixture finds out whether anything is left.
            }
        }
    }

    private func waitForEnd(of pid: Int32) async {
        while ProcessTable.isAlive(pid) { await Task.yield() }
    }

    @Test(arguments: [
        (":disconnect", "{}"), (":kill", "{}"), (":kill", #"{"signal": "SIGINT"}"#),
        (":kill", #"{"signal": "SIGHUP"}"#),
    ])
    func `processes that a command leaves behind end, and are named`(_ verb: String, _ body: String) async throws {
        try await withServer(behind: "wait") { agent, server in
            try await agent.post("/v1/workers/1\(verb)", body)
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["leftBehind"] == [.integer(Int64(server))])
            await waitForEnd(of: server)
        }
    }

    @Test func `SIGKILL ends the whole session`() async throws {
        try await withServer(behind: "wait") { agent, server in
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL"}"#)
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["signal"] == "SIGKILL" && exit.data["leftBehind"] == nil)
            await waitForEnd(of: server)
        }
    }

    @Test func `processes that a worker leaves behind and that end by themselves end too`() async throws {
        try await withServer(behind: "exit 3") { agent, server in
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["code"] == 3 && exit.data["leftBehind"] == [.integer(Int64(server))])
            await waitForEnd(of: server)
        }
    }

    /// Also what ignores SIGTERM.
    @Test(arguments: ["wait", "trap '' TERM; sleep 1000 & wait"])
    func `nothing outlives an agent that ends`(_ end: String) async throws {
        try await withServer(behind: end, grace: "300ms") { agent, _ in await agent.stopInGoodOrder() }
    }

    @Test(arguments: ["wait", "trap '' TERM; sleep 1000 & wait", "exec sleep 1000"])
    func `nothing outlives an agent that is killed`(_ end: String) async throws {
        try await withServer(behind: end, grace: "300ms") { agent, _ in
            agent.program.signal(SIGKILL)
            #expect(await agent.program.status() == -SIGKILL)
        }
    }

    @Test func `an orphan is reaped, and a worker's end is still reported`() async throws {
        try await withTemporaryDirectory { directory in
            let fifos = ["orphans", "worker"].map { directory.appending(path: $0).path }
            for fifo in fifos { try #require(mkfifo(fifo, 0o600) == 0) }
            // PR_SET_CHILD_SUBREAPER
            let subreaper = [
                "python3", "-c",
                "import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])",
            ]
            let arguments = ["--workers", "1", "/bin/sh", workerScript("orphans.sh")] + fifos
            try await runAgent(arguments, in: directory, launcher: subreaper) { agent in
                var orphans: [Int32] = []
                while orphans.count < 5 {
                    await Task.yield()
                    orphans = await agent.program.output.lines.filter { $0.hasPrefix("orphan ") }
                        .compactMap { Int32($0.dropFirst("orphan ".count)) }
                }
                // Until all are orphans.
                while !orphans.allSatisfy({ Self.parent(of: $0) == agent.program.pid }) { await Task.yield() }
                // Each reads a line and ends.
                let writer = try FileHandle(forWritingTo: URL(filePath: fifos[0]))
                try writer.write(contentsOf: Data("1\n2\n3\n4\n5\n".utf8))
                while orphans.contains(where: { kill($0, 0) == 0 }) { await Task.yield() }
                try writer.close()
                let last = try FileHandle(forWritingTo: URL(filePath: fifos[1]))
                try last.write(contentsOf: Data("\n".utf8))
                try last.close()
                let exit = try await agent.event(.exit, of: 1)
                #expect(exit.data["code"] == 7)
            }
        }
    }

    private static func parent(of pid: Int32) -> Int32? {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("PPid:") }
        return line.flatMap { Int32($0.filter(\.isNumber)) }
    }
}
