// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

/// What a person at a terminal sees.
@Suite(.timeLimit(.minutes(1)))
struct TerminalTests {
    private func atTerminal(
        _ arguments: [String], environment: [String: String] = [:], columns: Int = 80,
        answer: @escaping @Sendable (FakeAgent.Call) async throws -> Response = Sample.agent,
        _ body: @escaping @Sendable (TerminalProgram, FakeAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: answer) { agent in
                let terminal = try CLIProgram.atTerminal(
                    arguments, home: home, environment: environment, columns: columns)
                defer { terminal.stop() }
                try await body(terminal, agent)
            }
        }
    }

    /// Never answers.
    private static func silence(_ call: FakeAgent.Call) async throws -> Response {
        try await untilCancelled()
        return Response(status: .ok)
    }

    @Test(arguments: [40, 60, 80, 200])
    func `no line is wider than the terminal`(columns: Int) async throws {
        for command in [["events"], ["workers"], ["settings"], ["worker", "1"], ["status"], ["version"]] {
            try await atTerminal(command, environment: ["NO_COLOR": "1"], columns: columns) { terminal, _ in
                #expect(await terminal.status() == 0)
                let lines = await terminal.lines.split(separator: "\r\n")
                #expect(lines.count >= 2)
                #expect(lines.allSatisfy { $0.count <= columns }, "\(command): \(lines)")
            }
        }
    }

    @Test(arguments: [([:], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false), (["NO_COLOR": ""], true)])
    func `colours come unless they are switched off`(environment: [String: String], expected: Bool) async throws {
        try await atTerminal(["workers"], environment: environment) { terminal, _ in
            #expect(await terminal.status() == 0)
            #expect(await terminal.screen.contains("\u{1B}[32mlistening\u{1B}[0m") == expected)
            #expect(await terminal.screen.contains("listening"))
        }
    }

    @Test func `no-color and json have no colours at a terminal`() async throws {
        for arguments in [["workers", "--no-color"], ["workers", "-o", "json"], ["events", "-o", "jsonl"]] {
            try await atTerminal(arguments) { terminal, _ in
                #expect(await terminal.status() == 0)
                #expect(await !terminal.screen.contains("\u{1B}[3"))
            }
        }
    }

    @Test(arguments: [
        (["kill", "--all", "-s", "HUP"], "Send SIGHUP to 2 workers: 2 at local? [y/N]"),
        (["disconnect", "--all"], "Disconnect 2 workers: 2 at local? [y/N]"),
    ])
    func `--all counts the workers of all hosts before it asks`(arguments: [String], question: String) async throws {
        for answer in ["n", "", "nonsense"] {
            try await atTerminal(arguments) { terminal, agent in
                try await terminal.wait(for: question)
                try terminal.type(answer + "\n")
                #expect(await terminal.status() == 130)
                #expect(await terminal.screen.contains("cancelled: nothing was done"))
                #expect(agent.calls.map(\.line) == ["GET /v1/workers"])
            }
        }
        try await atTerminal(arguments) { terminal, agent in
            try await terminal.wait(for: question)
            try terminal.type("y\n")
            #expect(await terminal.status() == 0)
            #expect(agent.calls.contains { $0.method == "POST" })
        }
        try await atTerminal(arguments + ["--yes"]) { terminal, agent in
            #expect(await terminal.status() == 0)
            #expect(await !terminal.screen.contains("?"))
        }
    }

    @Test func `a slow host is named until it answers, and then the line disappears`() async throws {
        let (release, letGo) = AsyncStream.makeStream(of: Void.self)
        let answer: @Sendable (FakeAgent.Call) async throws -> Response = { call in
            for await _ in release { break }
            return try Sample.agent(call)
        }
        try await atTerminal(["workers", "--no-color"], answer: answer) { terminal, _ in
            try await terminal.wait(for: "waiting for local\u{1B}[K")
            letGo.finish()
            #expect(await terminal.status() == 0)
            let screen = await terminal.screen
            #expect(screen.contains("\r\u{1B}[KID   PID"), "the line gives way to the table")
        }
    }

    @Test(arguments: [
        ["workers"], ["fork", "--wait", "listening"], ["kill", "1", "--wait"],
        ["disconnect", "--all", "--yes", "--wait"],
        ["disconnect", "1", "--wait"], ["events"], ["send", "1", "{}"],
    ])
    func `Ctrl-C while an agent is silent ends at once with 130 and erases the line`(
        arguments: [String]
    ) async throws {
        try await atTerminal(arguments + ["-v"], answer: Self.silence) { terminal, agent in
            // Only a report has the line.
            if arguments != ["events"] { try await terminal.wait(for: "waiting for local") }
            try await agent.waitForCall()
            try terminal.type("\u{03}")
            #expect(await terminal.status() == 130)
            let screen = await terminal.screen
            #expect(arguments == ["events"] || screen.contains("\r\u{1B}[K"), "\(screen)")
            let continues = arguments.first == "disconnect"
            #expect(
                screen.hasSuffix("a disconnect that has begun continues; cluster-cli workers shows how far it is\r\n")
                    == continues)
        }
    }

    @Test func `a history without a match says so at a terminal`() async throws {
        let empty: @Sendable (FakeAgent.Call) async throws -> Response = { _ in .json(Sample.events([])) }
        for (arguments, words) in [(["--type", "exit"], "no event matches"), ([], "the history is empty")] {
            try await atTerminal(["events"] + arguments, answer: empty) { terminal, _ in
                #expect(await terminal.status() == 0)
                #expect(await terminal.screen == words + "\r\n")
            }
        }
        try await atTerminal(["events", "-o", "json"], answer: empty) { terminal, _ in
            #expect(await terminal.status() == 0)
            #expect(await terminal.screen == "{\"events\":[]}\r\n")
        }
    }

    @Test func `Ctrl-C at the question does nothing`() async throws {
        try await atTerminal(["kill", "--all"]) { terminal, agent in
            try await terminal.wait(for: "[y/N]")
            try terminal.type("\u{03}")
            #expect(await terminal.status() == 130)
            #expect(agent.calls.map(\.line) == ["GET /v1/workers"])
        }
    }

    @Test func `Ctrl-C while following ends it`() async throws {
        let answer: @Sendable (FakeAgent.Call) async throws -> Response = { call in
            call.path == "/v1/events:watch"
                ? .stream([Sample.event(3) + "\n"]) : .json(Sample.events([Sample.event(2)]))
        }
        try await atTerminal(["events", "--follow", "--no-color"], answer: answer) { terminal, _ in
            try await terminal.wait(for: "online")
            try terminal.type("\u{03}")
            #expect(await terminal.status() == 130)
        }
    }

    @Test func `messages are sent as they are typed, and Ctrl-C ends it`() async throws {
        try await atTerminal(["send", "1", "-"]) { terminal, agent in
            try terminal.type("{\"n\": 1}\n")
            try await agent.waitForCall()
            #expect(agent.calls.map(\.body) == [#"{"message":{"n": 1}}"#])
            try terminal.type("\u{03}")
            #expect(await terminal.status() == 130)
        }
    }
}
