// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// What surrounds the agent must not stop it: who reads what it says, its disk, its limits.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SurroundingsTests {
    /// Runs `body` with an agent that a shell starts after `preparation`, and ends the agent in good order.
    private func withAgent(
        _ preparation: String, _ arguments: [String] = [], in directory: URL,
        _ body: (RunningProgram) async throws -> Void
    ) async throws {
        let program = try RunningProgram(
            "/bin/bash",
            [
                "-c", preparation + #"; exec "$0" "$@""#, RunningProgram.built("cluster-agent"), "--listen",
                "127.0.0.1:0", "--data-dir", directory.path,
            ] + arguments)
        do {
            try await body(program)
        } catch {
            await program.stop()
            throw error
        }
        program.signal(SIGTERM)
        #expect(await program.status() == 0)
    }

    /// The status of a call over the unix socket, again until the agent answers.
    private func status(of path: String, at socket: String) async throws -> Int {
        let arguments = [
            "-s", "-o", "/dev/null", "-w", "%{http_code}", "--retry", "100", "--retry-delay", "1", "--retry-all-errors",
            "--max-time", "30", "--unix-socket", socket, "http://localhost\(path)",
        ]
        return Int(try await RunningProgram.run("curl", arguments).output) ?? 0
    }

    /// Requests that are logged, far more than a pipe holds.
    private func call(_ path: String, times: Int, at socket: String) async throws -> Int {
        let urls = "http://localhost\(path)?[1-\(times)]"
        let outcome = try await RunningProgram.run(
            "curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}\n", "--unix-socket", socket, urls])
        return outcome.output.split(separator: "\n").count
    }

    @Test func `a log without a reader does not stop the agent`() async throws {
        try await withTemporaryDirectory { directory in
            // A pipe that is open at both ends and never read.
            let pipe = directory.appending(path: "pipe").path
            let preparation = "mkfifo \(pipe); exec 2<>\(pipe)"
            try await withAgent(preparation, ["--log-level", "trace"], in: directory) { program in
                try await program.output.first { $0.contains(" ready: ") }
                let socket = directory.appending(path: "agent.sock").path
                #expect(try await call("/v1/nothing", times: 2000, at: socket) == 2000)
            }
        }
    }

    @Test func `output without a reader does not stop the agent`() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            // As much as a pipe holds.
            let preparation = "mkfifo \(pipe); exec 1<>\(pipe); dd if=/dev/zero bs=4096 count=16 2>/dev/null"
            try await withAgent(preparation, in: directory) { _ in
                let socket = directory.appending(path: "agent.sock").path
                let answer = try await status(of: "/readyz", at: socket)
                #expect(answer == 200)
            }
        }
    }

    @Test(arguments: ["exec 2>&-", "exec 2>/dev/full", "exec 1>&- 2>&-", "exec 1>/dev/full"])
    func `an agent that can write no output serves and ends`(preparation: String) async throws {
        try await withTemporaryDirectory { directory in
            try await withAgent(preparation, ["--log-level", "info"], in: directory) { _ in
                let socket = directory.appending(path: "agent.sock").path
                let answer = try await status(of: "/readyz", at: socket)
                #expect(answer == 200)
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root may mount"), arguments: ["fresh", "used"])
    func `a data directory without a free block ends the start in one line`(_ state: String) async throws {
        try await SmallDisk.with(bytes: 3 << 20) { disk in
            if state == "used" { try await runAgent(in: disk.directory) { _ in } }
            try await disk.whileFull {
                let program = try RunningAgent.launch([], in: disk.directory)
                if state == "fresh" {
                    #expect(await program.status() == 69)
                    let lines = await program.errors.whole()
                    #expect(lines.count == 1 && lines.first?.contains("free some space") == true, "\(lines)")
                } else {
                    // The token is there; the history waits for room.
                    try await program.output.first { $0.contains(" ready: ") }
                    program.signal(SIGTERM)
                    #expect(await program.status() == 0)
                }
            }
        }
    }

    @Test func `the last descriptors are not for clients over TCP`() async throws {
        try await withTemporaryDirectory { directory in
            var errors: Transcript?
            try await withAgent("ulimit -n 80", ["--insecure-no-auth"], in: directory) { program in
                errors = program.errors
                let ready = try await program.output.first { $0.contains(" ready: ") }
                let port = try #require(ready.firstMatch(of: /127\.0\.0\.1:(\d+)/).flatMap { UInt16($0.1) })
                let socket = directory.appending(path: "agent.sock").path
                let request = "GET /v1/events:watch HTTP/1.1\r\nHost: localhost\r\n\r\n"
                var clients = [try HeldConnections(90, to: port, request: request)]
                defer { for held in clients { held.close() } }
                #expect(try await status(of: "/healthz", at: socket) == 200)
                // A client is connected before the agent has accepted it. And the agent may close a file of its own after it
                // has refused the last client, which leaves room for one more.
                while try await !readiness(at: socket).contains("descriptors") {
                    try Task.checkCancellation()
                    clients.append(try HeldConnections(1, to: port, request: request))
                }
                for held in clients { held.close() }
                while try await status(of: "/readyz", at: socket) != 200 { try Task.checkCancellation() }
            }
            let warnings = try await #require(errors).whole().filter { $0.contains("descriptors are in use") }
            #expect((1..<5).contains(warnings.count), "\(warnings)")
        }
    }

    private func readiness(at socket: String) async throws -> String {
        try await RunningProgram.run(
            "curl", ["-s", "--max-time", "10", "--unix-socket", socket, "http://localhost/readyz"]
        ).output
    }
}
