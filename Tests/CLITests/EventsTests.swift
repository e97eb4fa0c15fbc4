// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Shared
import Synchronization
import TestSupport
import Testing

@testable import CLI

/// `events` and `events --follow`.
@Suite(.timeLimit(.minutes(1)))
struct EventsTests {
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

    @Test func `filters go into the query`() async throws {
        try await withAgent(Sample.agent) { agent, home in
            let arguments = [
                "events", "--type", "exit,fork", "--worker", "7", "--request", "a b&c", "--since",
                "2026-01-02T03:04:05Z", "--until", "2026-01-02T03:04:06.789Z", "--limit", "5", "--reverse",
            ]
            let outcome = try await CLIProgram.run(arguments, home: home)
            #expect(outcome.status == 0)
            #expect(
                agent.calls.first?.query == [
                    "type": "exit,fork", "workerId": "7", "requestId": "a b&c", "since": "2026-01-02T03:04:05.000Z",
                    "until": "2026-01-02T03:04:06.789Z", "order": "desc", "pageSize": "5",
                ])
        }
    }

    /// Twelve events, which the history has in pages of at most three.
    @Sendable private static func history(_ call: FakeAgent.Call) -> Response {
        let isReversed = call.query["order"] == "desc"
        let size = min(3, Int(call.query["pageSize"] ?? "") ?? 3)
        let start = Int(call.query["pageToken"] ?? "") ?? 0
        let seqs = isReversed ? Array((1...12).reversed()) : Array(1...12)
        let page = seqs.dropFirst(start).prefix(size)
        let next = start + page.count
        return .json(Sample.events(page.map { Sample.event($0) }, next: next < seqs.count ? "\(next)" : ""))
    }

    @Test(arguments: [
        (["--limit", "1"], Array(12...12)), (["--limit", "3"], Array(10...12)), (["--limit", "8"], Array(5...12)),
        (["--limit", "12"], Array(1...12)), (["--limit", "99"], Array(1...12)), ([], Array(1...12)),
        (["--limit", "4", "--reverse"], [12, 11, 10, 9]), (["--reverse"], Array((1...12).reversed())),
    ])
    func `the limit takes the newest, over as many pages as it needs`(
        arguments: [String], expected: [Int]
    ) async throws {
        try await withAgent(Self.history) { agent, home in
            let lines = try await CLIProgram.run(["events", "-o", "jsonl"] + arguments, home: home)
            #expect(
                lines.output.split(separator: "\n").compactMap { EventLine(RawJSON($0.utf8)!).seq }.map(Int.init)
                    == expected)
            let json = try await CLIProgram.run(["events", "-o", "json"] + arguments, home: home)
            #expect(
                json.output == Sample.events(expected.map { Sample.event($0) }).replacing(
                    #","nextPageToken":"""#, with: "") + "\n")
        }
    }

    @Test(arguments: ["json", "jsonl", "table"])
    func `a page that nobody needs is not asked for`(format: String) async throws {
        for limit in [1, 3, 6] {
            try await withAgent { call in
                let start = Int(call.query["pageToken"] ?? "") ?? 0
                guard start < limit else {
                    // It would be waited for, and fail.
                    return .error(500, "INTERNAL", "R", "no")
                }
                return Self.history(call)
            } _: { agent, home in
                let outcome = try await CLIProgram.run(
                    ["events", "--limit", "\(limit)", "-o", format], home: home)
                #expect(outcome.status == 0 && outcome.errors.isEmpty)
                #expect(agent.calls.count == (limit + 2) / 3)
            }
        }
    }

    private static func message(levels: Int) -> String {
        let deep = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        return Sample.event(2, type: "message").replacing(#""data":{}"#, with: #""data":{"message":\#(deep)}"#)
    }

    @Test(arguments: [300, JSONValue.maxDepth, 100_000])
    func `an event that nests deep does not hide the others`(levels: Int) async throws {
        let events = [Sample.event(1), Self.message(levels: levels), "5", Sample.event(3)]
        try await withAgent({ _ in .json(Sample.events(events)) }) { _, home in
            let table = try await CLIProgram.run(["events"], home: home)
            let rows = table.output.split(separator: "\n")
            #expect(table.status == 0 && rows.count == 5)
            #expect(rows[2].hasSuffix(levels > JSONValue.maxDepth ? "-o json shows it" : "]"))
            #expect(rows[3].contains("unreadable"))
            let json = try await CLIProgram.run(["events", "-o", "json"], home: home)
            #expect(json.output.contains(Self.message(levels: levels)))
        }
    }

    @Test(arguments: [300, JSONValue.maxDepth, 100_000])
    func `a line that is not an event, or nests deep, does not end the stream`(levels: Int) async throws {
        let lines = [Sample.event(1), Self.message(levels: levels), "{broken", "[]", "\u{FFFD}", Sample.event(4)]
        try await withAgent { call in
            call.path == "/v1/events:watch"
                ? .stream(lines.map { $0 + "\n" }) : .json(Sample.events([]))
        } _: { agent, home in
            let (shown, _) = try await follow(["-o", "json"], lines: 6, home: home)
            let unreadable = [#"{"data":{"bytes":7,"text":"{broken"},"type":"unreadable"}"#]
            #expect(Array(shown.prefix(2)) == Array(lines.prefix(2)) && shown[2...2] == unreadable[...])
            #expect(shown.count == 6 && shown.last == lines.last)
            #expect(agent.calls.filter { $0.path == "/v1/events:watch" }.count == 1)
        }
    }

    @Test func `a table has its header once`() async throws {
        try await withAgent(Sample.agent) { _, home in
            let outcome = try await CLIProgram.run(["events"], home: home)
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.count == 3 && lines.first?.hasPrefix("TIME") ?? false)
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("2026-11-22T15:51:44.272Z  online           1") })
        }
    }

    /// Ten forks, newest first, each with the `setup` before it.
    private static let forks = (1...10).reversed().flatMap { number in
        [(2 * number, "fork"), (2 * number - 1, "setup")].map { seq, type in
            Sample.event(seq, type: type).replacing(#""requestId":null"#, with: #""requestId":"r\#(number)""#)
        }
    }

    @Test(arguments: [1, 3, 7])
    func `the limit of a table counts its rows, and not what it leaves out`(limit: Int) async throws {
        try await withAgent { call in
            let start = Int(call.query["pageToken"] ?? "") ?? 0
            let page = Self.forks.dropFirst(start).prefix(Int(call.query["pageSize"] ?? "") ?? 0)
            let next = start + page.count
            return .json(Sample.events(Array(page), next: next < Self.forks.count ? "\(next)" : ""))
        } _: { _, home in
            for order in [[], ["--reverse"]] {
                let outcome = try await CLIProgram.run(["events", "--limit", "\(limit)"] + order, home: home)
                let rows = outcome.output.split(separator: "\n").dropFirst()
                #expect(rows.count == limit && rows.allSatisfy { $0.contains("fork") }, "\(outcome.output)")
            }
            let json = try await CLIProgram.run(["events", "--limit", "\(limit)", "-o", "jsonl"], home: home)
            #expect(json.output.split(separator: "\n").count == limit)
        }
    }

    @Test(arguments: [("online", Int?.none), ("online", 2), ("broken", nil)])
    func `an agent that gives its events no usable place is given up`(type: String, seq: Int?) async throws {
        let place = seq.map { #""seq":\#($0)"# } ?? #""seq":null"#
        let event = Sample.event(1, type: type).replacing(#""seq":1"#, with: place)
        // One that was seen already is not shown, and is no reason to give up: an agent may repeat itself.
        guard seq == nil else {
            try await withAgent { call in
                guard call.path == "/v1/events:watch" else { return .json(Sample.events([Sample.event(2)])) }
                return call.query["afterSeq"] == "2" ? .json(event + "\n" + Sample.event(3) + "\n") : .stream([])
            } _: { _, home in
                let (lines, _) = try await follow(["-o", "json"], lines: 1, home: home)
                #expect(lines == [Sample.event(3)])
            }
            return
        }
        try await withAgent { call in
            call.path == "/v1/events:watch" ? .json(event + "\n") : .json(Sample.events([Sample.event(2)]))
        } _: { agent, home in
            let outcome = try await CLIProgram.run(["events", "--follow", "-o", "json"], home: home)
            #expect(outcome.status == 1 && outcome.errors.contains("no place in its history"), "\(outcome.errors)")
            #expect(agent.calls.filter { $0.path == "/v1/events:watch" }.count == 3)
        }
    }

    @Test func `a start says how the last run ended`() {
        for (end, words) in [("lost", "after a kill or a crash"), ("stopped", "after a stop")] {
            let data = #"{"version":"0.1.0","reason":"start","lastRun":{"end":"\#(end)","at":null}}"#
            let text = Sample.event(1, type: "agentStart").replacing(#""data":{}"#, with: #""data":\#(data)"#)
            let event = RawJSON(text.utf8).map(EventLine.init)
            #expect(event.map { EventTable.detail($0) } == "0.1.0, start, \(words)")
        }
    }

    @Test func `an empty history is an empty list`() async throws {
        try await withAgent({ _ in .json(Sample.events([])) }) { _, home in
            let json = try await CLIProgram.run(["events", "-o", "json"], home: home)
            #expect(json.output == #"{"events":[]}"# + "\n" && json.status == 0)
        }
    }

    /// Follows until `count` lines are there, then interrupts.
    private func follow(_ arguments: [String], lines count: Int, home: URL) async throws -> (
        lines: [String], status: Int32
    ) {
        let program = try CLIProgram(["events", "--follow"] + arguments, home: home)
        defer { program.stop() }
        var text = ""
        for await data in program.output {
            text += String(decoding: data, as: UTF8.self)
            if text.filter({ $0 == "\n" }).count >= count { program.interrupt() }
        }
        return (text.split(separator: "\n").map(String.init), await program.status())
    }

    @Test func `following goes on after a break without gap or repeat, and Ctrl-C ends it with 130`() async throws {
        let watches = Mutex(0)
        try await withAgent { call in
            guard call.path == "/v1/events:watch" else { return .json(Sample.events([Sample.event(2)])) }
            let watch = watches.withLock {
                $0 += 1; return $0
            }
            let half = Sample.event(5).prefix(30)
            switch watch {
            // A heartbeat, events in pieces, and a break in the middle of one.
            case 1: return .cut(after: ["\n", Sample.event(3) + "\n" + Sample.event(4), "\n\(half)"])
            // An end in good order, after an event that was there before.
            case 2:
                return Response(
                    status: .ok,
                    body: ResponseBody(byteBuffer: ByteBuffer(string: Sample.event(4) + "\n" + Sample.event(5) + "\n")))
            case 3:
                return .stream([Sample.event(6) + "\n", #"{"seq":null,"time":"","type":"lagged","data":{}}"# + "\n"])
            default: return .stream([Sample.event(7) + "\n"])
            }
        } _: { agent, home in
            let (lines, status) = try await follow(["-o", "json", "--type", "online"], lines: 5, home: home)
            #expect(lines == (3...7).map { Sample.event($0) })
            #expect(status == 130)
            let watches = agent.calls.filter { $0.path == "/v1/events:watch" }
            #expect(watches.map { $0.query["afterSeq"] } == ["2", "4", "5", "6"])
            #expect(
                watches.allSatisfy { $0.query["type"] == "online" && $0.headers["accept"] == "application/x-ndjson" })
        }
    }

    @Test func `messages are shown and do not move the place in the history`() async throws {
        let message =
            #"{"seq":null,"time":"t","type":"message","workerId":1,"pid":1,"requestId":null,"data":{"message":"hi"}}"#
        let watches = Mutex(0)
        try await withAgent { call in
            guard call.path == "/v1/events:watch" else { return .json(Sample.events([])) }
            let isFirst = watches.withLock {
                $0 += 1; return $0 == 1
            }
            return isFirst ? .cut(after: [message + "\n"]) : .stream([Sample.event(1) + "\n"])
        } _: { agent, home in
            let (lines, _) = try await follow(["--messages", "-o", "json"], lines: 2, home: home)
            #expect(lines == [message, Sample.event(1)])
            let watches = agent.calls.filter { $0.path == "/v1/events:watch" }
            #expect(watches.map { $0.query["afterSeq"] } == ["earliest", "earliest"])
            #expect(watches.allSatisfy { $0.query["messages"] == "true" })
        }
    }

    @Test func `following since a moment begins with the first event after it`() async throws {
        try await withAgent { call in
            call.path == "/v1/events:watch"
                ? .stream([Sample.event(8) + "\n"]) : .json(Sample.events([Sample.event(8)]))
        } _: { agent, home in
            _ = try await follow(["--since", "15m", "-o", "jsonl"], lines: 1, home: home)
            #expect(agent.calls.last?.query["afterSeq"] == "7")
            #expect(agent.calls.first?.query["order"] == "asc")
        }
    }

    @Test func `events that the agent no longer keeps are reported as missing`() async throws {
        try await withAgent { call in
            guard call.path == "/v1/events:watch" else { return .json(Sample.events([Sample.event(2)])) }
            return call.query["afterSeq"] == "earliest"
                ? .stream([Sample.event(90) + "\n"]) : .error(400, "OUT_OF_RANGE", "SEQ_EXPIRED", "gone")
        } _: { _, home in
            let (lines, _) = try await follow(["-o", "json"], lines: 1, home: home)
            #expect(lines == [Sample.event(90)])
        }
    }

    @Test func `a host that is down at first is followed once it is there`() async throws {
        let answer: @Sendable (FakeAgent.Call) async throws -> Response = { call in
            call.path == "/v1/events:watch"
                ? .stream([Sample.event(4) + "\n"]) : .json(Sample.events([Sample.event(3)]))
        }
        try await withAgent(answer) { agent, home in
            let socket = home.appending(path: "late.sock").path
            let hosts = ["-H", agent.url, "-H", "unix:\(socket)"]
            let program = try CLIProgram(["events", "--follow", "-o", "jsonl"] + hosts, home: home)
            defer { program.stop() }
            let output = program.output
            var pieces = output.makeAsyncIterator()
            let first = await pieces.next().map { String(decoding: $0, as: UTF8.self) }
            #expect(first?.hasPrefix(#"{"host":"\#(agent.url)","#) ?? false)
            try await FakeAgent.run(socket: socket, answer: answer) { late in
                try await late.waitForCall()
                #expect(late.calls.first?.query["since"] != nil, "what came before this program is not wanted")
                try await late.waitForCall()
                #expect(late.calls.last?.query["afterSeq"] == "2")
                // The agent goes when this ends, and its answer may be on its way until then.
                var pieces = output.makeAsyncIterator()
                let second = await pieces.next().map { String(decoding: $0, as: UTF8.self) }
                #expect(second?.hasPrefix(#"{"host":"unix:\#(socket)","#) ?? false)
            }
            program.interrupt()
            let outcome = await program.outcome()
            #expect(outcome.status == 130 && outcome.errors.contains("unix:\(socket): connected\n"))
        }
    }

    @Test func `following ends if no host is there`() async throws {
        try await withTemporaryDirectory { home in
            let hosts = ["-H", "http://127.0.0.1:1", "-H", "http://127.0.0.1:2"]
            let outcome = try await CLIProgram.run(["events", "--follow"] + hosts, home: home)
            #expect(outcome.status == 69)
        }
    }

    @Test func `a host that refuses is given up`() async throws {
        try await withAgent { call in
            call.path == "/v1/events:watch"
                ? .error(429, "RESOURCE_EXHAUSTED", "TOO_MANY_WATCHERS", "too many") : .json(Sample.events([]))
        } _: { _, home in
            let outcome = try await CLIProgram.run(["events", "--follow"], home: home)
            #expect(outcome.status == 1 && outcome.errors == "local: too many [TOO_MANY_WATCHERS]\n")
        }
    }

    @Test func `an agent that never begins the stream is given up after the timeout`() async throws {
        try await withAgent { call in
            if call.path == "/v1/events:watch" { try await untilCancelled() }
            return .json(Sample.events([]))
        } _: { _, home in
            let outcome = try await CLIProgram.run(["events", "--follow", "--timeout", "300ms"], home: home)
            #expect(outcome.status == 124)
        }
    }
}
