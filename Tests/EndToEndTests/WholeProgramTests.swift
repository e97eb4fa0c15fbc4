// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// `cluster-agent --primary` runs both halves of a program as Node does.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct WholeProgramTests {
    static let programs = [
        "advanced.js", "descriptor.js", "environment.js", "errors.js", "handles.js", "module.mjs", "order.js",
        "own-server.js", "refused.js", "request-counter.js", "rolling-restart.js", "scheduler.js", "silent.js",
        "slow-handle.js",
        "sticky.js",
    ]

    @Test(arguments: programs)
    func `prints and returns what it does under Node`(_ name: String) async throws {
        let program = Self.program(name)
        let node = try await RunningProgram.run("node", [program])
        try await withTemporaryDirectory { directory in
            let agent = try RunningAgent.launch(["--primary", program], in: directory)
            let status = await agent.status()
            let lines = await agent.output.whole().filter { !$0.hasPrefix("cluster-agent ") }
            let errors = await agent.errors.whole()
            #expect(lines.joined(separator: "\n") == node.output, "\(errors)")
            #expect(status == node.status, "\(errors)")
        }
    }

    @Test func `workers that others fork do a silent program no harm, whatever they speak`() async throws {
        try await withTemporaryDirectory { directory in
            let program = Self.program("silent-forks.js")
            try await runAgent(["--primary", program], in: directory) { agent in
                try await agent.program.output.first { $0 == "runs" }
                #expect(try await agent.cli("fork").status == 0)
                try await agent.program.output.first { $0 == "online 1" }
                try await agent.post("/v1/cluster:setupPrimary", #"{"serialization": "advanced"}"#)
                #expect(try await agent.cli("fork").status == 0)
                try await agent.program.output.first { $0 == "online 2" }
            }
        }
    }

    /// Their lines come in the order of their workers' ends, which is any.
    @Test(arguments: ["endless-connections.js", "short-lives.js"])
    func `an example runs whole`(_ name: String) async throws {
        let examples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Examples")
        let text = try String(contentsOf: examples.appending(path: name), encoding: .utf8)
        try await withTemporaryDirectory { directory in
            let copy = directory.appending(path: name)
            try text.replacing("listen(8000)", with: "listen(0)").write(to: copy, atomically: true, encoding: .utf8)
            let node = try await RunningProgram.run("node", [copy.path])
            let agent = try RunningAgent.launch(["--primary", copy.path], in: directory)
            let status = await agent.status()
            let lines = await agent.output.whole().filter { !$0.hasPrefix("cluster-agent ") }
            let errors = await agent.errors.whole()
            #expect(lines.sorted() == node.output.split(separator: "\n").map(String.init).sorted(), "\(errors)")
            #expect(status == node.status, "\(errors)")
        }
    }

    @Test func `a program may be named as for Node, by a directory or without its ending`() async throws {
        try await withTemporaryDirectory { directory in
            let text = "console.log('%s', require('node:cluster').isPrimary, process.argv.slice(2).join())"
            for name in ["index.js", "server.js"] {
                try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
            }
            for name in [".", "server", "server.js"] {
                let data = directory.appending(path: "data")
                let agent = try RunningAgent.launch(["--cwd", directory.path, "--primary", name, "a", "-b"], in: data)
                try await agent.output.first { $0 == "true a,-b" }
                #expect(await agent.status() == 0)
            }
        }
    }

    @Test func `a missing program is named before anything starts`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = try RunningAgent.launch(["--primary", "/does/not/exist.js"], in: directory)
            #expect(await agent.status() == 64)
            #expect(
                await agent.errors.whole().contains { $0.contains("cannot find EXEC: /does/not/exist.js: No such") })
        }
    }

    @Test func `without EXEC there is nothing to run`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = try RunningAgent.launch(["--primary"], in: directory)
            #expect(await agent.status() == 64)
            #expect(await agent.errors.whole().contains { $0.contains("--primary needs an EXEC to run") })
        }
    }

    @Test func `signals go to the program, and its exit code is the agent's`() async throws {
        try await withAgent("--primary", Self.program("signals.js")) { agent in
            try await agent.program.output.first { $0 == "message 1 I am 1" }
            agent.program.signal(SIGHUP)
            try await agent.program.output.first { $0 == "SIGHUP" }
            agent.program.signal(SIGUSR2)
            try await agent.program.output.first { $0 == "SIGUSR2" }
            agent.program.signal(SIGTERM)
            try await agent.program.output.first { $0 == "SIGTERM" }
            #expect(await agent.program.status() == 9)
        }
    }

    @Test(arguments: ["exit", "throw", "SIGTERM", "SIGINT", "SIGKILL"])
    func `what workers have begun is answered, however the program ends`(_ end: String) async throws {
        try await withTemporaryDirectory { directory in
            let agent = try RunningAgent.launch(["--primary", Self.program("ending.js"), end], in: directory)
            let line = try await agent.output.first { $0.hasPrefix("port ") }
            let port = try #require(UInt16(line.dropFirst(5)))
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await TCPClient.get(port: port) } }
                for try await answer in group { #expect(answer == "answered") }
            }
            _ = await agent.status()
        }
    }

    @Test func `the history says who has forked, and the CLI's workers are the program's too`() async throws {
        try await withAgent("--primary", Self.program("signals.js")) { agent in
            try await agent.program.output.first { $0 == "message 1 I am 1" }
            #expect(try await agent.event(.fork, of: 1).data["principal"] == "primary script")
            #expect(try await agent.worker(1).supervised == false)
            #expect(try await agent.cli("fork").status == 0)
            try await agent.program.output.first { $0 == "online 2 true" }
            try await agent.program.output.first { $0 == "message 2 I am 2" }
            #expect(try await agent.event(.fork, of: 2).data["principal"] == nil)
            #expect(try await agent.cli("kill", "2").status == 0)
            try await agent.program.output.first { $0 == "exit 2 SIGTERM" }
            #expect(try await agent.event(.exit, of: 2).data["signal"] == "SIGTERM")
        }
    }

    @Test func `without its primary half, the log says what to try`() async throws {
        try await withAgent("--workers", "1", Self.program("signals.js")) { agent in
            try await agent.program.errors.first { $0.contains("calls cluster.fork()") }
            try await agent.program.errors.first { $0.contains("nobody reads") && $0.contains("--primary") }
        }
    }

    @Test func `what the program sets up is not kept for the next start`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = try RunningAgent.launch(["--primary", Self.program("environment.js")], in: directory)
            #expect(await agent.status() == 0)
            #expect(!FileManager.default.fileExists(atPath: directory.appending(path: "state.json").path))
        }
    }

    @Test func `what both halves print is stored and passed on`() async throws {
        try await withAgent("--primary", Self.program("printing.js")) { agent in
            try await agent.awaitLine("primary half", "instance=primary")
            try await agent.awaitLine("worker half", "instance=forked")
            let lines = try await agent.logs().lines
            #expect(lines.map(\.line) == ["primary half", "worker half"])
            #expect(lines.map(\.instance) == [.primary, nil] && lines.map(\.workerId?.rawValue) == [nil, 1])
            #expect(try await agent.cli("logs", "--instance", "primary").output == "primary│ primary half")
            try await agent.program.output.first { $0 == "primary half" }
            try await agent.program.errors.first { $0 == "worker half" }
        }
    }

    @Test(arguments: ["loop", "stop", "flood"])
    func `a program whose primary half is stuck still serves, and the agent with it`(_ harm: String) async throws {
        try await withAgent("--grace", "1s", "--primary", Self.program("hostile.js"), harm) { agent in
            let port = try await port(agent)
            if harm == "flood" {
                try await agent.program.output.first { $0 == "flooded" }
                let stopped = try await agent.workers().first?.pid
                kill(try #require(stopped), SIGCONT)
            }
            for _ in 0..<20 { #expect(try await TCPClient.get(port: port) == "served") }
            let workers = try await agent.workers()
            #expect(workers.allSatisfy { $0.connected && !$0.dead })
        }
    }

    @Test(arguments: ["kill", "memory"])
    func `when its primary half dies, the workers finish and the agent ends in the same way`(
        _ harm: String
    ) async throws {
        let limit = ["NODE_OPTIONS": "--max-old-space-size=40"]
        try await withAgent("--primary", Self.program("hostile.js"), harm, environment: limit) { agent in
            _ = try await port(agent)
            let status = await agent.program.status()
            #expect(status == (harm == "kill" ? -SIGKILL : 128 + SIGABRT))
        }
    }

    @Test func `a killed agent takes its program along`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = try await RunningAgent.start(
                ["--grace", "1s", "--primary", Self.program("signals.js")], in: directory, environment: [:])
            try await agent.program.output.first { $0 == "message 1 I am 1" }
            agent.program.signal(SIGKILL)
            await agent.program.status()
            while !ProcessTable.marked(agent.mark).isEmpty, !Task.isCancelled { await Task.yield() }
        }
    }

    private func port(_ agent: RunningAgent) async throws -> UInt16 {
        let line = try await agent.program.output.first { $0.hasPrefix("port ") }
        return try #require(UInt16(line.dropFirst("port ".count)))
    }

    private static func program(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Programs/\(name)").path
    }
}
