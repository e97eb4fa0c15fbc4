// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// What real Node workers print: stored, passed on, read and followed.
@Suite(.timeLimit(.minutes(2)))
struct LogTests {
    private static func words(_ workers: Int = 1, _ options: String...) -> [String] {
        ["--restart", "always", "--min-ready", "100ms", "--worker-ready", "online", "--workers", "\(workers)"] + options
            + [workerScript("print.js")]
    }

    private static func with(
        _ workers: Int = 1, _ body: (RunningAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(words(workers), in: directory) { agent in
                for worker in 1...workers { try await agent.awaitLine("ready", of: worker) }
                try await body(agent)
            }
        }
    }

    @Test func `what a worker prints is stored, passed on and shown`() async throws {
        try await Self.with(2) { agent in
            try await agent.tell(2, #"{"err": "half ", "out": "\u001b[31mred\u001b[0m line\n"}"#)
            try await agent.tell(2, #"{"err": "line\n"}"#)
            try await agent.awaitLine("half line", of: 2)
            let lines = try await agent.logs("workerId=2").lines
            #expect(lines.map(\.line).sorted() == ["\u{1B}[31mred\u{1B}[0m line", "half line", "ready"].sorted())
            #expect(lines.first { $0.line == "half line" }?.stream == "stderr")
            #expect(lines.allSatisfy { $0.instance == .instance(1) && $0.workerId?.rawValue == 2 })
            _ = try await agent.program.errors.first { $0 == "half line" }
            _ = try await agent.program.output.first { $0.contains("red") }
            let shown = try await agent.cli("logs", "2", "--stream", "err")
            #expect(shown.status == 0 && shown.output == "1│ half line", "\(shown)")
            #expect(try await agent.cli("logs", "--contains", "red").output == "1│ red line", "no terminal, no colours")
            let json = try await agent.cli("-o", "jsonl", "logs", "--instance", "0", "--tail", "1")
            let line = try JSONDecoder().decode(LogLine.self, from: Data(json.output.utf8))
            #expect(line.line == "ready" && line.instance == .instance(0))
        }
    }

    @Test func `the last lines are stored before the exit event, which names them`() async throws {
        try await Self.with { agent in
            try await agent.tell(1, #"{"out": "printed\n", "err": "last words", "exit": 3}"#)
            let exit = try await agent.event(.exit, of: 1)
            let lines = try await agent.logs("workerId=1").lines
            #expect(lines.map(\.line) == ["ready", "printed", "last words"])
            guard case .integer(let seq)? = exit.data["logSeq"] else { throw Missing() }
            #expect(lines.last?.seq == seq && exit.data["stderr"] == "last words" && exit.data["code"] == 3)
        }
    }

    @Test func `what a process prints that outlives its worker counts as the worker's`() async throws {
        try await Self.with { agent in
            try await agent.tell(1, #"{"child": "from the grandchild", "exit": 0}"#)
            try await agent.event(.exit, of: 1)
            try await agent.awaitLine("from the grandchild", of: 1)
        }
    }

    @Test func `a follower sees lines as they are printed, and a restart of the agent loses none`() async throws {
        try await withTemporaryDirectory { directory in
            var seq: Int64 = 0
            try await runAgent(Self.words(), in: directory) { agent in
                try await agent.awaitLine("ready", of: 1)
                let follower = try agent.startCLI(["logs", "-f", "--tail", "1"])
                _ = try await follower.output.first { $0 == "0│ ready" }
                try await agent.tell(1, #"{"out": "live\n"}"#)
                _ = try await follower.output.first { $0 == "0│ live" }
                await follower.stop()
                seq = try #require(try await agent.logs().lines.first?.seq)
            }
            try await runAgent(Self.words(), in: directory) { agent in
                try await agent.awaitLine("ready", of: 2)
                let lines = try await agent.logs("afterSeq=\(seq)").lines
                #expect(lines.map(\.line) == ["live", "ready"] && lines.map(\.workerId?.rawValue) == [1, 2])
            }
        }
    }

    @Test func `the files are read without an agent`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(Self.words(), in: directory) { agent in
                try await agent.awaitLine("ready", of: 1)
                try await agent.tell(1, #"{"out": "one\ntwo\n"}"#)
                try await agent.awaitLine("two", of: 1)
            }
            let program = try RunningProgram.built("cluster-agent")
            func logs(_ arguments: String...) async throws -> RunningProgram.Outcome {
                try await RunningProgram.run(
                    program, ["logs", "--data-dir", directory.path] + arguments, environment: ["HOME": directory.path])
            }
            #expect(try await logs().output == "0│ ready\n0│ one\n0│ two")
            #expect(try await logs("--tail", "1").output == "0│ two")
            let json = try await logs("-o", "jsonl", "--contains", "one").output
            #expect(try JSONDecoder().decode(LogLine.self, from: Data(json.utf8)).line == "one")
            #expect(try await logs("--stream", "neither").status == 64)
        }
    }

    @Test func `with --worker-logs off workers write to the agent's own output`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(Self.words(1, "--worker-logs", "off"), in: directory) { agent in
                _ = try await agent.program.output.first { $0 == "ready" }
                let reply = try await agent.call("GET", "/v1/logs")
                #expect(reply.status == 400 && reply.body.contains("LOGS_OFF"))
                #expect(!FileManager.default.fileExists(atPath: directory.path + "/logs"))
            }
        }
    }

    @Test(arguments: ["json", "none"])
    func `the agent's own output gets them as it is told`(forward: String) async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(Self.words(1, "--worker-logs-forward", forward), in: directory) { agent in
                try await agent.awaitLine("ready", of: 1)
                if forward == "json" {
                    let line = try await agent.program.output.first { $0.hasPrefix("{") }
                    #expect(try JSONDecoder().decode(LogLine.self, from: Data(line.utf8)).line == "ready")
                } else {
                    await agent.stop()
                    #expect(await !agent.program.output.whole().contains("ready"))
                }
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root may mount a file system"))
    func `a full disk shows, loses counted lines, and storing resumes by itself`() async throws {
        try await SmallDisk.with(bytes: 1 << 20) { disk in
            try await withTemporaryDirectory { directory in
                try FileManager.default.createSymbolicLink(
                    atPath: directory.path + "/logs", withDestinationPath: disk.directory.path)
                try await runAgent(Self.words(), in: directory) { agent in
                    try await agent.awaitLine("ready", of: 1)
                    try await disk.whileFull {
                        let text = String(repeating: "x", count: 9_999) + #"\n"#
                        try await agent.tell(1, #"{"out": "\#(text)"}"#)
                        _ = try await agent.program.errors.first { $0.contains("worker output cannot be stored") }
                        let ready = try await agent.call("GET", "/readyz")
                        #expect(ready.status == 503 && ready.body.contains("No space left on device"), "\(ready.body)")
                    }
                    _ = try await agent.program.errors.first { $0.contains("worker output is stored again") }
                    #expect(try await agent.call("GET", "/readyz").status == 200)
                    try await agent.tell(1, #"{"out": "after\n"}"#)
                    try await agent.awaitLine("after", of: 1)
                    let mark = try #require(try await agent.logs().lines.first { $0.stream == "agent" })
                    #expect(mark.lost == 1 && mark.line == "1 line is missing here: No space left on device")
                    let metrics = try await agent.call("GET", "/metrics").body
                    #expect(metrics.contains("\ncluster_log_lost_lines_total 1\n"))
                    #expect(metrics.contains("\ncluster_log_ready 1\n"))
                }
            }
        }
    }

    private struct Missing: Error {}
}

extension RunningAgent {
    func logs(_ query: String = "") async throws -> LogsReply {
        try await get("/v1/logs?pageSize=1000" + (query.isEmpty ? "" : "&\(query)"))
    }

    /// Sends a worker a message that says what to print.
    fileprivate func tell(_ worker: Int, _ message: String) async throws {
        try await post("/v1/workers/\(worker):send", #"{"message": \#(message)}"#)
    }

    /// Waits until a worker has printed a line, in the past or from now on.
    fileprivate func awaitLine(_ text: String, of worker: Int) async throws {
        try await awaitLine(text, "workerId=\(worker)")
    }

    /// - Parameter query: whose line it is.
    func awaitLine(_ text: String, _ query: String) async throws {
        let watch = try RunningProgram(
            "curl",
            [
                "-sSN", "--unix-socket", socket, "-H", "Accept: application/x-ndjson",
                "http://localhost/v1/logs:watch?afterSeq=earliest&\(query)",
            ])
        _ = try await watch.output.first { line in
            (try? JSONDecoder().decode(LogLine.self, from: Data(line.utf8)))?.line == text
        }
        await watch.stop()
    }
}
