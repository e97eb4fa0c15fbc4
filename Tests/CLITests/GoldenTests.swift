// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Shared
import TestSupport
import Testing

/// The output of each command in each format, byte for byte, as `Golden/` has it.
///
/// `UPDATE_GOLDEN=1` writes these files anew: read the difference before it goes in.
@Suite(.timeLimit(.minutes(2)))
struct GoldenTests {
    private static let commands: [(name: String, arguments: [String])] = [
        ("status", ["status"]), ("workers", ["workers", "--all"]), ("worker", ["worker", "1"]),
        ("worker-dead", ["worker", "3"]),
        ("fork", ["fork", "2"]),
        ("disconnect", ["disconnect", "1", "2"]), ("disconnect-all", ["disconnect", "--all", "--yes"]),
        ("kill", ["kill", "1", "9"]), ("send", ["send", "1", #"{"a": 1}"#]), ("send-stream", ["send", "1", "-"]),
        ("settings", ["settings"]), ("setup-primary", ["setup-primary", "--exec", "new.js"]), ("events", ["events"]),
        ("hosts", ["hosts"]), ("hosts-check", ["hosts", "check"]), ("version", ["version"]),
    ]

    /// Of an agent that keeps workers running.
    private static let supervisedCommands: [(name: String, arguments: [String])] = [
        ("status", ["status"]), ("workers", ["workers"]), ("worker", ["worker", "7"]), ("instances", ["instances"]),
        ("operations", ["operations"]), ("operation", ["operation", SupervisedSample.operationID]),
        ("cancel", ["operation", "cancel", SupervisedSample.operationID]), ("supervision", ["supervision"]),
        ("supervise", ["supervise", "--restart", "onFailure"]), ("why", ["why"]), ("why-one", ["why", "1"]),
        ("scale", ["scale", "3"]), ("restart", ["restart", "7"]), ("reload", ["reload"]), ("events", ["events"]),
    ]

    /// Two hours ago: some tables show an age.
    private let start = Timestamp(milliseconds: Timestamp.now.milliseconds - (3 * 24 + 12) * 3_600_000 - 1_800_000)
        .description

    @Test(arguments: commands.indices)
    func `a command's output`(index: Int) async throws {
        let (name, arguments) = Self.commands[index]
        try await withTemporaryDirectory { home in
            try await withHosts(home) {
                var text = ""
                for hosts in arguments[0] == "hosts" ? [[]] : [[], ["--all-hosts"]] {
                    for format in ["table", "json", "jsonl"] {
                        text += try await session(hosts + ["-o", format] + arguments, home: home)
                    }
                }
                try compare(text, with: name)
            }
        }
    }

    @Test(arguments: supervisedCommands.indices)
    func `a command's output about what is supervised`(index: Int) async throws {
        let (name, arguments) = Self.supervisedCommands[index]
        // In three days and eleven hours.
        let next = Timestamp(start)?.advanced(by: .seconds(7 * 86_400)).description ?? ""
        let failed = SupervisedSample.operation(
            verdict: "aborted", steps: [("replaced", 8), ("failed", 9)], failure: SupervisedSample.failure(at: start),
            startedAt: start, endedAt: start)
        let begun = SupervisedSample.goodReload[0].replacing("2026-11-22T15:51:44.272Z", with: start)
        let agent = SupervisedSample.agent([begun, failed], startedAt: start, nextTryAt: next)
        try await withTemporaryDirectory { home in
            try await withHosts(home, agent) {
                var text = ""
                for hosts in [[], ["--all-hosts"]] {
                    for format in ["table", "json"] {
                        text += try await session(hosts + ["-o", format] + arguments, home: home)
                    }
                }
                try compare(text.replacing(next, with: "NEXT"), with: "supervised-\(name)")
            }
        }
    }

    @Test(arguments: ["status", "workers", "events"])
    func `tables at terminals of three widths, with and without colour`(command: String) async throws {
        try await withTemporaryDirectory { home in
            try await withHosts(home) {
                var text = ""
                for columns in [60, 80, 200] {
                    for colour in [["--no-color"], []] {
                        let arguments = ["--all-hosts", command] + colour
                        let terminal = try CLIProgram.atTerminal(arguments, home: home, columns: columns)
                        defer { terminal.stop() }
                        let status = await terminal.status()
                        text += "\(columns) columns$ cluster-cli \(arguments.joined(separator: " "))\n"
                        text += await plain(terminal.lines, home) + "exit \(status)\n\n"
                    }
                }
                try compare(text, with: "terminal-\(command)")
            }
        }
    }

    /// The local agent, which is `web-1` of the inventory too, and `web-2`, which lets nobody in.
    private func withHosts(
        _ home: URL, _ agent: @escaping @Sendable (FakeAgent.Call) async throws -> Response = Sample.agent,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let start = start
        let good: @Sendable (FakeAgent.Call) async throws -> Response = { call in
            call.path == "/v1/version" ? .json(Sample.version(startedAt: start)) : try await agent(call)
        }
        let bad: @Sendable (FakeAgent.Call) async throws -> Response = { _ in
            .error(403, "PERMISSION_DENIED", "ROLE_TOO_LOW", "this token may only read")
        }
        try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: good) { one in
            try await FakeAgent.run(socket: home.appending(path: "b.sock").path, answer: bad) { two in
                for (name, agent) in [("web-1", one), ("web-2", two)] {
                    _ = try await CLIProgram.run(["hosts", "add", name, agent.url, "-g", "web"], home: home)
                }
                try await body()
            }
        }
    }

    private func session(_ arguments: [String], home: URL) async throws -> String {
        let outcome = try await CLIProgram.run(arguments, home: home, input: "1\n\"two\"\n")
        for json in Self.documents(outcome.output, arguments) {
            #expect(throws: Never.self) {
                try JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
            }
        }
        let errors = outcome.errors.split(separator: "\n").map { "stderr: \($0)\n" }.joined()
        let text =
            "$ cluster-cli \(arguments.joined(separator: " "))\n\(outcome.output)\(errors)exit \(outcome.status)\n\n"
        return plain(text, home)
    }

    /// What `jq` would read.
    private static func documents(_ output: String, _ arguments: [String]) -> [Substring] {
        if arguments.contains("json") { return output.isEmpty ? [] : [output[...]] }
        return arguments.contains("jsonl") ? output.split(separator: "\n") : []
    }

    private func plain(_ text: String, _ home: URL) -> String {
        text.replacing(home.path, with: "HOME").replacing(start, with: "START").replacing("\r\n", with: "\n")
            .replacing("\u{1B}", with: "␛")
    }

    private func compare(_ text: String, with name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil { try Data(text.utf8).write(to: file) }
        let expected = try String(contentsOf: file, encoding: .utf8)
        #expect(text == expected)
    }
}
