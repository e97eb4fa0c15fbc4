// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Shared
import TestSupport
import Testing

@testable import CLI

/// `logs`, with and without `--follow`.
@Suite(.timeLimit(.minutes(1)))
struct LogsTests {
    private static func line(
        _ seq: Int, _ text: String, instance: Int = 0, stream: String = "stdout", second: Int = 0
    ) -> String {
        #"{"seq":\#(seq),"time":"2026-11-27T16:14:4\#(second).272Z","workerId":7,"instance":\#(instance),"#
            + #""stream":"\#(stream)","line":"\#(text)"}"#
    }

    private func withAgent(
        _ answer: @escaping @Sendable (FakeAgent.Call) async throws -> Response,
        _ body: @escaping @Sendable (FakeAgent, URL) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: answer) { agent in
                try await body(agent, home)
            }
        }
    }

    private static func page(_ lines: String...) -> String { #"{"lines":[\#(lines.joined(separator: ","))]}"# }

    @Test func `filters go into the query, and lines are shown oldest first`() async throws {
        try await withAgent { _ in
            .json(Self.page(Self.line(2, "second", instance: 1), Self.line(1, "first")))
        } _: { agent, home in
            let arguments = [
                "logs", "7", "9", "--stream", "err", "--contains", "a b", "--instance", "1", "--tail", "2", "--since",
                "2026-01-02T03:04:05Z",
            ]
            let outcome = try await CLIProgram.run(arguments, home: home)
            #expect(outcome.status == 0 && outcome.output == "0│ first\n1│ second\n", "\(outcome)")
            #expect(
                agent.calls.first?.query == [
                    "workerId": "7,9", "stream": "stderr", "contains": "a b", "instance": "1",
                    "since": "2026-01-02T03:04:05.000Z", "order": "desc", "pageSize": "2",
                ])
        }
    }

    @Test func `a mark is told from a line, and what a terminal would obey is spelled out`() async throws {
        try await withAgent { _ in
            .json(
                Self.page(
                    Self.line(2, #"\u001b[31mred\u001b[0m \u001b[2Jgone"#),
                    Self.line(1, "3 lines are missing here: No space left on device", stream: "agent")))
        } _: { _, home in
            let outcome = try await CLIProgram.run(["logs"], home: home)
            #expect(
                outcome.output == "0│ -- 3 lines are missing here: No space left on device --\n0│ red \\u{1b}[2Jgone\n")
        }
    }

    @Test func `a follower begins with the tail and resumes after the last line`() async throws {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        try await withAgent { call in
            guard call.query["afterSeq"] == nil else {
                end.finish()
                return .json(Self.line(6, "again") + "\n")
            }
            return .json(Self.line(5, "tail") + "\n")
        } _: { agent, home in
            let follower = try CLIProgram(["logs", "-f", "--tail", "1"], home: home, environment: [:], input: "")
            for await _ in ends {}
            follower.stop()
            _ = await follower.outcome()
            #expect(agent.calls.first?.query == ["tail": "1"])
            #expect(agent.calls.dropFirst().first?.query == ["afterSeq": "5"])
        }
    }

    @Test func `a tail of any size is taken, and an ID alone does not change where a follower begins`() async throws {
        try await withAgent { call in
            call.path.hasSuffix(":watch") ? .error(403, "PERMISSION_DENIED", "ROLE_TOO_LOW", "no") : .json(Self.page())
        } _: { agent, home in
            let hosts = ["-H", agent.url, "-H", "unix:\(home.path)/nobody"]
            let outcome = try await CLIProgram.run(hosts + ["logs", "--tail", "9223372036854775807"], home: home)
            #expect(outcome.status != 132 && !outcome.errors.contains("overflow"), "\(outcome)")
            _ = try await CLIProgram.run(["logs", "7", "-f"], home: home)
            #expect(agent.calls.last?.query == ["workerId": "7", "tail": "100"])
        }
    }

    @Test(arguments: [["--until", "1h", "-f"], ["--tail", "0"], ["--contains", ""], ["--stream", "both"], ["x"]])
    func `what makes no sense is refused`(arguments: [String]) async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(["logs"] + arguments, home: home)
            #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
        }
    }

    private static func row(_ json: String) throws -> EventLine { EventLine(try #require(RawJSON(json.utf8))) }

    @Test func `lines of several hosts are sorted by time, and each host keeps its order`() throws {
        var sorter = RowSorter()
        try sorter.add(Self.row(Self.line(1, "b1", second: 2)), of: "b", number: 1)
        try sorter.add(Self.row(Self.line(2, "b2", second: 1)), of: "b", number: 1)
        try sorter.add(Self.row(Self.line(1, "a1", second: 1)), of: "a", number: 0)
        try sorter.add(Self.row(Self.line(2, "a2", second: 3)), of: "a", number: 0)
        #expect(sorter.take().map { $0.row.raw["line"]?.string } == ["a1", "b1", "b2", "a2"])
        #expect(sorter.count == 0)
    }

    @Test(arguments: [
        ("plain", "plain", "plain"), ("tab\tkept\r", "tab\tkept", "tab\tkept"),
        ("\u{1B}[1;31mred", "red", "\u{1B}[1;31mred\u{1B}[0m"),
        ("\u{1B}]0;title\u{7}", "\\u{1b}]0;title\\u{7}", "\\u{1b}]0;title\\u{7}"),
        ("\u{1B}[5Aup", "\\u{1b}[5Aup", "\\u{1b}[5Aup"), ("€ ok", "€ ok", "€ ok"),
        ("a\u{202E}b\u{9B}2J", "a\\u{202e}b\\u{9b}2J", "a\\u{202e}b\\u{9b}2J"), ("\u{1B}", "\\u{1b}", "\\u{1b}"),
    ])
    func `colours are for terminals`(line: String, plain: String, coloured: String) {
        #expect(PrintedText.shown(line, inColour: false) == plain)
        #expect(PrintedText.shown(line, inColour: true) == coloured)
    }
}
