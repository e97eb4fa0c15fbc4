// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Synchronization
import TestSupport
import Testing

/// Agents that harm their clients. The program ends, says in a line why, and shows nothing that a terminal obeys.
@Suite(.timeLimit(.minutes(3)))
struct HostileAgentTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [HostileServer.Step]
        var status: Int32 = 1
        /// What the one line says.
        let complaint: String

        init(_ name: String, _ steps: HostileServer.Step..., status: Int32 = 1, complaint: String) {
            (testDescription, self.steps, self.status, self.complaint) = (name, steps, status, complaint)
        }
    }

    private static let ok = "HTTP/1.1 200 OK\r\n"
    private static func deep(_ levels: Int) -> String {
        String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    private static func sized(_ body: String, _ head: String = ok) -> HostileServer.Step {
        .text(head + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    }

    static let answers = [
        Answer("interim replies without end", .endless("HTTP/1.1 100 Continue\r\n\r\n"), complaint: "than 256 KiB"),
        Answer("headers without end", .text(ok), .endless("X: y\r\n"), complaint: "a head"),
        Answer("a header without end", .text(ok + "X: "), .endless("y"), complaint: "a head"),
        Answer(
            "trailers without end", .text(ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n"), .endless("X: y\r\n"),
            complaint: "than 256 KiB"),
        Answer(
            "a chunk without end", .text(ok + "Transfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFF\r\n"),
            .endless(" "), complaint: "more than 64 MiB"),
        Answer("a body without end", .text(ok + "\r\n"), .endless("["), complaint: "more than 64 MiB"),
        Answer("silence", .silence, status: 124, complaint: "no answer"),
        Answer("silence after the head", .text(ok + "\r\n"), .silence, status: 124, complaint: "no answer"),
        Answer("silence in the head", .text("HTTP/1.1 200"), .silence, status: 124, complaint: "no answer"),
        Answer("another protocol", .text("SSH-2.0-OpenSSH_9.2\r\n"), complaint: "not HTTP"),
        Answer("a page of a portal", sized("<html>log in</html>"), complaint: "not JSON"),
        Answer("nothing", sized(""), complaint: "answered nothing"),
        Answer("half a body", .text(ok + "Content-Length: 100\r\n\r\n{"), status: 69, complaint: "broke"),
        Answer("deep nesting", sized(deep(200_000)), complaint: "JSON that is not a"),
        Answer("deep nesting of workers", sized(#"{"workers": \#(deep(100_000))}"#), complaint: "JSON that is not a"),
        Answer("deep nesting without end", .text(ok + "\r\n"), .endless("[{\"a\":"), complaint: "more than 64 MiB"),
        Answer("a number that is none", sized(#"{"workers": [{"id": 1e999999999}]}"#), complaint: "JSON that is not a"),
        Answer("bytes that are no UTF-8", .bytes(Array((ok + "\r\n\"").utf8) + [0xFF, 0x22]), complaint: "not JSON"),
        Answer(
            "a packed body", .text(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n"), .endless("1\r\n\u{1F}\r\n"),
            complaint: "an encoding that was not asked for"),
        Answer(
            "a packed content", sized("\u{1F}\u{8B}", ok + "Content-Encoding: gzip\r\n"), complaint: "not JSON"),
        Answer(
            "an error that commands the terminal",
            sized(
                #"{"error": {"message": "\u001b[2J\u009b31m\u202e\u0007 no", "details": []}}"#,
                "HTTP/1.1 400 No\r\n"),
            complaint: #"\u{1b}[2J\u{9b}31m\u{202e}\u{7} no"#),
        Answer(
            "an error that fills the screen",
            sized(
                #"{"error": {"message": "\#(String(repeating: "no ", count: 1_000_000))"}}"#, "HTTP/1.1 400 No\r\n"),
            complaint: "…"),
        Answer(
            "an error without end", .text("HTTP/1.1 500 No\r\n\r\n"), .endless(" "), complaint: "more than 64 MiB"),
    ]

    @Test(arguments: answers)
    func `a hostile answer is reported in one line`(answer: Answer) async throws {
        try await withTemporaryDirectory { home in
            try await HostileServer.run(answer.steps) { server in
                let timeout = answer.status == 124 ? "500ms" : "60s"
                let outcome = try await CLIProgram.run(
                    ["workers", "-H", server.url, "--timeout", timeout], home: home)
                #expect(outcome.status == answer.status, "\(outcome.errors)")
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.contains(answer.complaint), "\(outcome.errors)")
                #expect(outcome.errors.utf8.count < 4000 && outcome.errors.split(separator: "\n").count == 1)
                let harmful = outcome.errors.unicodeScalars.filter {
                    $0 != "\n" && $0.properties.generalCategory == .control
                }
                #expect(harmful.isEmpty)
            }
        }
    }

    static let watches =
        answers.filter {
            ["interim replies without end", "headers without end", "silence", "an error that commands the terminal"]
                .contains($0.testDescription)
        } + [
            Answer(
                "an error without end", .text("HTTP/1.1 400 No\r\n\r\n"), .endless(" "), complaint: "answered HTTP 400"),
            Answer(
                "an error that never ends", .text("HTTP/1.1 400 No\r\n\r\n"), .silence, status: 124,
                complaint: "no answer"),
        ]

    @Test(arguments: watches)
    func `a hostile watch is given up`(answer: Answer) async throws {
        try await withTemporaryDirectory { home in
            try await HostileServer.run(answer.steps, toWatchesOnly: true) { server in
                let timeout = answer.status == 124 ? "500ms" : "60s"
                let outcome = try await CLIProgram.run(
                    ["events", "-f", "-H", server.url, "--timeout", timeout], home: home)
                #expect(outcome.status == answer.status, "\(outcome.errors)")
                #expect(outcome.errors.contains(answer.complaint), "\(outcome.errors)")
            }
        }
    }

    @Test func `a redirect is not followed, and its target gets no token`() async throws {
        try await withTemporaryDirectory { home in
            let token = home.appending(path: "token")
            try Data("s3cret".utf8).write(to: token)
            try await HostileServer.run([Self.sized("{}")]) { target in
                let steps = [Self.sized("", "HTTP/1.1 307 Go\r\nLocation: \(target.url)/v1/workers\r\n")]
                try await HostileServer.run(steps) { server in
                    let outcome = try await CLIProgram.run(
                        ["workers", "-H", server.url, "--token-file", token.path], home: home)
                    #expect(outcome.status == 1 && outcome.errors.contains("HTTP 307"))
                    #expect(target.requests.isEmpty)
                }
            }
        }
    }

    @Test func `a list of workers with endless pages is given up when time is over`() async throws {
        let pages = Mutex(0)
        let answer: @Sendable (FakeAgent.Call) async throws -> Response = { _ in
            let page = pages.withLock {
                $0 += 1; return $0
            }
            return .json(#"{"workers": [], "nextPageToken": "\#(page)"}"#)
        }
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: answer) { agent in
                let outcome = try await CLIProgram.run(["workers", "-H", agent.url, "--timeout", "500ms"], home: home)
                #expect(outcome.status == 124)
            }
        }
    }

    @Test func `a history with endless empty pages is given up`() async throws {
        let pages = Mutex(0)
        let answer: @Sendable (FakeAgent.Call) async throws -> Response = { _ in
            .json(Sample.events([], next: "\(pages.withLock { $0 += 1; return $0 })"))
        }
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: answer) { agent in
                let outcome = try await CLIProgram.run(["events", "-H", agent.url], home: home)
                #expect(outcome.status == 1 && outcome.errors.contains("pages without events"))
            }
        }
    }

    @Test(arguments: [
        (["events", "--limit", "5"], #"{"events":["#), (["workers"], #"{"workers":["#),
        (["operations"], #"{"operations":["#), (["instances"], #"{"instances":["#),
    ])
    func `a list with more elements than there can be is refused`(arguments: [String], start: String) async throws {
        let body = start + String(repeating: "1,", count: 2_000_000) + "1]}"
        try await withTemporaryDirectory { home in
            try await HostileServer.run([Self.sized(body)]) { server in
                let outcome = try await CLIProgram.run(arguments + ["-H", server.url, "--timeout", "60s"], home: home)
                #expect(outcome.status == 1 && outcome.errors.contains("answered more than 1"), "\(outcome.errors)")
            }
        }
    }

    /// Each on a page of its own, which would be kept with it.
    @Test func `events that are too large to be kept together are left out, and that is said`() async throws {
        let answer: @Sendable (FakeAgent.Call) async throws -> Response = { call in
            let page = Int(call.query["pageToken"] ?? "") ?? 9
            let text = String(repeating: "x", count: 40 << 20)
            let event = Sample.event(page).replacing(#""data":{}"#, with: #""data":{"a":"\#(text)"}"#)
            return .json(Sample.events([event], next: page > 1 ? "\(page - 1)" : ""))
        }
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: answer) { agent in
                let outcome = try await CLIProgram.run(
                    ["events", "--limit", "9", "-H", agent.url, "--timeout", "60s"], home: home)
                #expect(outcome.status == 1 && outcome.errors.contains("over 128 MiB"), "\(outcome.errors)")
                let rows = outcome.output.split(separator: "\n").dropFirst()
                #expect(rows.count == 3 && rows.allSatisfy { $0.contains("40 MiB, too much for a table") })
            }
        }
    }

    @Test func `an agent cannot speak in another's name`() async throws {
        let forged = #"{"host":"other","seq":1,"\u0068ost":"other","type":"online","data":{}}"#
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: { _ in .json(Sample.events([forged])) }) { agent in
                let outcome = try await CLIProgram.run(["events", "-H", agent.url, "-o", "jsonl"], home: home)
                #expect(outcome.output == #"{"host":"\#(agent.url)","seq":1,"type":"online","data":{}}"# + "\n")
            }
        }
    }

    @Test(arguments: ["json", "jsonl", "table"])
    func `a terminal gets nothing that would steer it`(format: String) async throws {
        let event = #"{"seq":1,"time":"\u001b[2J","type":"x\#u{9B}31m","data":{"a":"\#u{202E}\#u{7F}\#u{9D}0;t"}}"#
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: { _ in .json(Sample.events([event])) }) { _ in
                let terminal = try CLIProgram.atTerminal(["events", "--no-color", "-o", format], home: home)
                let status = await terminal.status()
                let screen = await terminal.screen
                #expect(status == 0)
                let harmful = screen.unicodeScalars.filter { scalar in
                    scalar != "\r" && scalar != "\n"
                        && [.control, .format].contains(scalar.properties.generalCategory)
                }
                #expect(harmful.isEmpty, "\(screen.debugDescription)")
            }
        }
    }

    @Test func `an endless cell costs no more than itself`() async throws {
        let worker = Sample.worker(1).replacing("0.0.0.0", with: String(repeating: "1", count: 1_000_000))
        let workers = #"{"workers": [\#(([worker] + (2...200).map { Sample.worker($0) }).joined(separator: ","))]}"#
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: { _ in .json(workers) }) { _ in
                let outcome = try await CLIProgram.run(["workers"], home: home)
                #expect(outcome.status == 0 && outcome.output.utf8.count < 1_200_000)
                let terminal = try CLIProgram.atTerminal(["workers", "--no-color"], home: home)
                #expect(await terminal.status() == 0)
                let widest = await terminal.lines.split(whereSeparator: \.isNewline).map(\.count).max()
                #expect(widest == 80)
            }
        }
    }
}
