// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// What workers are started with, and what their first steps may do wrong.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct WorkerEnvironmentTests {
    private struct Introduction: Decodable {
        let arguments: [String]
        let variables: [String]
    }

    private func introduction(of agent: RunningAgent) async throws -> Introduction {
        let line = try await agent.program.output.first { $0.hasPrefix("{") }
        return try JSONDecoder().decode(Introduction.self, from: Data(line.utf8))
    }

    @Test func `--workers max forks one for each core`() async throws {
        let cores = try #require(Int(try await RunningProgram.run("nproc").output))
        try await withAgent("--workers", "max", workerScript("stubborn.js")) { agent in
            #expect(try await agent.workers().count == cores)
            agent.program.signal(SIGTERM)
            try await agent.program.errors.first { $0.contains("shutting down") }
            agent.program.signal(SIGINT)
            await agent.program.status()
        }
    }

    @Test func `everything after EXEC is the worker's`() async throws {
        let arguments = ["--port", "80", "--workers", "9", "--", "-x", ""]
        try await withTemporaryDirectory { directory in
            try await runAgent(["--workers", "1", workerScript("introduction.js")] + arguments, in: directory) {
                let introduction = try await introduction(of: $0)
                #expect(introduction.arguments == arguments)
            }
        }
    }

    @Test func `workers do not see the agent's and the CLI's variables`() async throws {
        let environment = ["CLUSTER_DATA_DIR": "/nowhere", "CLUSTER_TOKEN_FILE": "/nowhere", "APP_NAME": "app"]
        try await withAgent("--workers", "1", workerScript("introduction.js"), environment: environment) { agent in
            let variables = try await introduction(of: agent).variables
            #expect(variables.contains("APP_NAME") && variables.contains("NODE_UNIQUE_ID") == false)
            #expect(variables.filter { $0.hasPrefix("CLUSTER_") } == ["CLUSTER_INSTANCE"])
        }
    }

    @Test func `workers do not see a service manager's variables`() async throws {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]
        let environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "1") })
        try await withAgent("--workers", "1", workerScript("introduction.js"), environment: environment) { agent in
            let variables = try await introduction(of: agent).variables
            #expect(variables.filter(names.contains) == [])
        }
    }

    @Test func `workers have the file limit that the agent was started with`() async throws {
        try await withTemporaryDirectory { directory in
            let worker = ["--workers", "1", "/bin/sh", "-c", "echo may open $(ulimit -Sn); sleep 1000"]
            let shell = ["/bin/sh", "-c", "ulimit -Sn 234; exec \"$@\"", "sh"]
            try await runAgent(worker, in: directory, launcher: shell) { agent in
                let line = try await agent.program.output.first { $0.hasPrefix("may open ") }
                #expect(line == "may open 234")
                let limits = try String(contentsOfFile: "/proc/\(agent.program.pid)/limits", encoding: .utf8)
                #expect(!limits.contains(#/Max open files +234 /#))
            }
        }
    }

    @Test func `fork --env adds to the worker's environment`() async throws {
        try await withAgent("--workers", "0", workerScript("introduction.js")) { agent in
            _ = try await agent.cli("fork", "--env", "GREETING=hello")
            #expect(try await introduction(of: agent).variables.contains("GREETING"))
        }
    }

    @Test func `a closed standard input does not get another file`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = try RunningProgram(
                "/bin/sh",
                [
                    "-c", #"exec "$0" "$@" <&-"#, RunningProgram.built("cluster-agent"), "--listen", "127.0.0.1:0",
                    "--data-dir", directory.path, "--workers", "1", workerScript("introduction.js"),
                ])
            try await agent.output.first { $0.contains(" ready: ") }
            let input = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(agent.pid)/fd/0")
            #expect(input.hasPrefix("/dev/null"))
            agent.signal(SIGTERM)
            #expect(await agent.status() == 0)
        }
    }

    @Test func `a syntax error of the app is shown and ends only the worker`() async throws {
        try await withAgent("--workers", "1", workerScript("broken.js")) { agent in
            try await agent.program.errors.first { $0.contains("SyntaxError") }
            #expect(try await agent.event(.exit, of: 1).data["code"] == 1)
            #expect(try await agent.call("GET", "/healthz").status == 200)
        }
    }

    @Test func `a port that somebody else holds is an error in the worker`() async throws {
        try await withAgent("--workers", "0", workerScript("listen-on.js")) { agent in
            // The agent's own API port is one that is certainly taken.
            try await agent.post("/v1/cluster:setupPrimary", #"{"args": ["\#(agent.port)"]}"#)
            try await agent.post("/v1/workers:fork")
            try await agent.program.output.first { $0 == "error EADDRINUSE" }
            #expect(try await agent.event(.exit, of: 1).data["code"] == 3)
            #expect(try await agent.call("GET", "/healthz").status == 200)
        }
    }

    @Test func `a program that is not a script runs without Node`() async throws {
        try await withAgent("--workers", "1", "/bin/false") { agent in
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["code"] == 1)
        }
    }
}
