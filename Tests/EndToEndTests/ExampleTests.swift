// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// The examples do under the agent what they do under Node. They run as they are but for their port, which is
/// a free one here that the worker tells.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ExampleTests {
    private func withCopy(
        of name: String, _ body: (_ script: String, _ directory: URL) async throws -> Void
    ) async throws {
        let examples = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Examples")
        let text = try String(contentsOf: examples.appending(path: name), encoding: .utf8)
        let listen = ".listen(0, function () { console.log(`port ${this.address().port}`); });"
        try await withTemporaryDirectory { directory in
            let copy = directory.appending(path: name)
            try text.replacing(#/\.listen\(8000.*\);/#, with: listen).write(to: copy, atomically: true, encoding: .utf8)
            try await body(copy.path, directory)
        }
    }

    /// Runs it under Node's own primary and ends it, unless it has ended.
    private func withNode(_ script: String, _ body: (RunningProgram) async throws -> Void) async throws {
        let node = try RunningProgram("node", [script])
        do {
            try await body(node)
            await node.stop()
            // Its workers have it open too.
            await node.output.whole()
        } catch {
            await node.stop()
            throw error
        }
    }

    private func port(_ program: RunningProgram) async throws -> UInt16 {
        let line = try await program.output.first { $0.hasPrefix("port ") }
        return try #require(UInt16(line.dropFirst("port ".count)))
    }

    @Test func `server.js greets from a worker`() async throws {
        let greeting = #/hello from worker \d+\n/#
        try await withCopy(of: "server.js") { script, directory in
            try await withNode(script) { node in
                let port = try await port(node)
                #expect(try await TCPClient.get(port: port).wholeMatch(of: greeting) != nil)
            }
            try await runAgent([script], in: directory) { agent in
                let port = try await port(agent.program)
                #expect(try await TCPClient.get(port: port).wholeMatch(of: greeting) != nil)
            }
        }
    }

    @Test func `count-requests.js tells the primary of each request`() async throws {
        try await withCopy(of: "count-requests.js") { script, directory in
            try await withNode(script) { node in
                let port = try await port(node)
                for _ in 0..<2 { #expect(try await TCPClient.get(port: port) == "counted\n") }
                try await node.output.first { $0 == "2 requests" }
            }
            try await runAgent(["--workers", "1", script], in: directory) { agent in
                let port = try await port(agent.program)
                try await agent.withWatch("messages=true&workerId=1") { watch in
                    try await watch.open()
                    for _ in 0..<2 { #expect(try await TCPClient.get(port: port) == "counted\n") }
                    _ = try await agent.cli("send", "1", #""report""#)
                    let report = try await watch.first { $0.data["message"]?["cmd"] == "report" }
                    #expect(report.data["message"]?["requests"] == 2)
                    let told = await watch.events.filter { $0.data["message"]?["cmd"] == "request" }
                    #expect(told.count == 2)
                }
            }
        }
    }

    @Test func `endless-connections.js needs its deadline`() async throws {
        try await withCopy(of: "endless-connections.js") { script, directory in
            try await withNode(script) { node in
                #expect(await node.status() == 0)
            }
            try await runAgent(["--workers", "1", script], in: directory) { agent in
                let port = try await port(agent.program)
                let client = try RunningProgram(
                    "node",
                    ["-e", "require('net').connect(\(port), '127.0.0.1').on('error', () => {}).pipe(process.stdout)"])
                // The worker has the connection; without one it could go at once.
                try await client.output.first { $0 == "tick" }
                try await agent.post("/v1/workers/1:send", #"{"message": "shutdown"}"#)
                try await client.output.first { $0 == "the server is going away" }
                let wait = try await agent.cli("--timeout", "1500ms", "disconnect", "1", "--wait")
                #expect(wait.status == 124)
                #expect(try await agent.cli("kill", "1").status == 0)
                #expect(try await agent.event(.exit, of: 1).data["signal"] == "SIGTERM")
                await client.status()
            }
        }
    }

    @Test func `short-lives.js ends its workers in the same four ways`() async throws {
        try await withCopy(of: "short-lives.js") { script, directory in
            var underNode: Set<String> = []
            try await withNode(script) { node in
                await node.status()
                underNode = Set(await node.output.whole())
            }
            var underAgent: Set<String> = []
            try await runAgent(["--workers", "4", script], in: directory) { agent in
                for id in 1...4 {
                    let exit = try await agent.event(.exit, of: id).data
                    let how = exit["exitedAfterDisconnect"] == true ? "on purpose" : "by accident"
                    let end: String? =
                        switch (exit["signal"], exit["code"]) {
                        case (.string(let signal)?, _): signal
                        case (_, .integer(let code)?): "\(code)"
                        default: nil
                        }
                    underAgent.insert("worker \(id) ended \(how) (\(end ?? "?"))")
                }
            }
            #expect(underNode.count == 4 && underAgent == underNode)
        }
    }
}
