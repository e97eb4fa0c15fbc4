// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import Testing

@testable import CLI

struct TableTests {
    private static let wide = Table(
        columns: [
            .init(title: "ID", isNumber: true), .init(title: "STATE"), .init(title: "WHAT", isFlexible: true),
            .init(title: "EXIT"),
        ],
        rows: [
            ["1", Cell("listening", tone: .good), Cell(String(repeating: "x", count: 150)), "-"],
            ["22", "dead", "short", "SIGKILL"],
        ])

    @Test(arguments: [60, 80, 100])
    func `a table that is too wide becomes as wide as the terminal`(width: Int) {
        let lines = Self.wide.lines(width: width, inColour: false)
        #expect(lines.map(TerminalText.width).max() == width)
        #expect(lines[1].contains("…") && lines[2].hasSuffix("SIGKILL"))
    }

    @Test(arguments: [200, nil])
    func `nothing is cut if there is room`(width: Int?) {
        let lines = Self.wide.lines(width: width, inColour: false)
        #expect(lines[1].contains(String(repeating: "x", count: 150)))
        #expect(TerminalText.width(lines[1]) == 2 + 2 + 9 + 2 + 150 + 2 + 1)
    }

    @Test func `the least useful columns go before others are cut, and an id is never cut`() {
        let table = Table(
            columns: [
                .init(title: "ID", isWhole: true), .init(title: "B", rank: 2), .init(title: "C", rank: 1),
                .init(title: "WHY", isFlexible: true),
            ], rows: [["0123456789", "bbbb", "cccc", Cell(String(repeating: "w", count: 30))]])
        #expect(table.lines(width: 52, inColour: false).first == "ID          B     C     WHY")
        #expect(table.lines(width: 45, inColour: false).first == "ID          B     WHY")
        #expect(table.lines(width: 40, inColour: false).first == "ID          WHY")
        let narrow = table.lines(width: 14, inColour: false)
        #expect(narrow.allSatisfy { !$0.contains("0123456…") } && narrow[1].hasPrefix("0123456789"))
    }

    @Test func `an operation's id survives a narrow terminal`() throws {
        let failure = WorkerFailure(instance: 1, reason: .exited, at: .now)
        var row: Table.Row = ["web-1", "4f1c09a27b", "reload", "aborted", "1/2"]
        row += [Cell(Timestamp.now), "3d12h", "uid:1000", Cell(OperationTable.why(failure))]
        let table = Table(columns: [.init(title: "HOST", isFlexible: true)] + OperationTable.columns, rows: [row])
        for width in [40, 60, 80] {
            #expect(table.lines(width: width, inColour: false)[1].contains("4f1c09a27b"))
        }
    }

    @Test func `numbers are aligned to the right and no line ends with spaces`() {
        let lines = Self.wide.lines(width: 60, inColour: false)
        #expect(lines[1].hasPrefix(" 1  listening  xx"))
        #expect(lines[2].hasPrefix("22  dead       short"))
        #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test func `an empty last cell leaves no spaces either`() {
        let table = Table(columns: [.init(title: "A"), .init(title: "B")], rows: [["x", ""], ["long", "y"]])
        #expect(table.lines(width: nil, inColour: false) == ["A     B", "x", "long  y"])
    }

    @Test func `an optional column is shown only if it is not empty`() {
        let columns: [Table.Column] = [.init(title: "A"), .init(title: "B", isOptional: true)]
        let empty = Table(columns: columns, rows: [["x", ""]]).withoutEmptyColumns
        #expect(empty.lines(width: nil, inColour: false) == ["A", "x"])
        let full = Table(columns: columns, rows: [["x", ""], ["y", "1"]]).withoutEmptyColumns
        #expect(full.lines(width: nil, inColour: false) == ["A  B", "x", "y  1"])
    }

    @Test func `a worker's own id is shown if it differs from the agent's`() throws {
        let worker = try JSONDecoder().decode(WorkerInfo.self, from: Data(Sample.worker(41).utf8))
        #expect(worker.nodeId.rawValue == 41 && WorkerTable.row(worker, now: .now).last?.text == "")
        let text = Sample.worker(41).replacing("{\"id\": 41,", with: "{\"id\": 41, \"nodeId\": 2,")
        let restarted = try JSONDecoder().decode(WorkerInfo.self, from: Data(text.utf8))
        #expect(WorkerTable.row(restarted, now: .now).last?.text == "2")
    }

    @Test(
        arguments: [
            (WorkerState.listening, nil, "leaving"), (.online, 8000, "leaving 8s"),
            (.disconnected, 500, "disconnected 0s"),
        ] as [(WorkerState, Int64?, String)])
    func `a worker that was asked to go is shown as leaving`(_ state: WorkerState, _ left: Int64?, expected: String) {
        let now = Timestamp(milliseconds: 1_000_000)
        var worker = WorkerInfo(id: .first, exec: "a.js", args: [], settingsRevision: 1, forkedAt: now)
        worker.state = state
        worker.leaving = Leaving(since: now, deadline: left.map { Timestamp(milliseconds: now.milliseconds + $0) })
        #expect(WorkerTable.state(worker, now: now).text == expected)
        worker.leaving = nil
        #expect(WorkerTable.state(worker, now: now).text == state.rawValue)
    }

    @Test func `a worker's exit says who ended it`() {
        var worker = WorkerInfo(id: .first, exec: "a.js", args: [], settingsRevision: 1, forkedAt: .now)
        worker.signal = "SIGKILL"
        worker.exit = ExitReport(reason: .signaled, signal: .kill, requestId: "r", principal: "token:ops")
        #expect(WorkerTable.exit(worker).text == "SIGKILL by token:ops")
        worker.signal = nil
        worker.exit = ExitReport(reason: .agentLost)
        #expect(WorkerTable.exit(worker).text == "agent was killed")
    }

    @Test func `leaving workers are counted apart`() {
        var counts = WorkerCounts()
        counts.count(.listening, isLeaving: true)
        counts.count(.listening, isLeaving: false)
        counts.count(.disconnected, isLeaving: true)
        #expect(Status.workers(counts) == "3: 1 listening, 1 leaving, 1 disconnected")
    }

    @Test func `status says how far behind the fleet's history is`() {
        func cell(connected: Bool, waiting: Int64, lagMs: Int64) -> Cell {
            Status.fleet(
                FleetReply(
                    name: "web-1", groups: [], endpoints: [], database: "host=db", connected: connected, trouble: nil,
                    forwardedSeq: 7, waiting: waiting, lagMs: lagMs, gaps: 0))
        }
        #expect(Status.fleet(nil).text.isEmpty)
        #expect(cell(connected: true, waiting: 3, lagMs: 900) == Cell("ok", tone: .good))
        #expect(cell(connected: true, waiting: 5000, lagMs: 187_000) == Cell("3m07s behind", tone: .doubtful))
        #expect(cell(connected: false, waiting: 1, lagMs: 9) == Cell("away, 1 event waiting", tone: .bad))
        #expect(cell(connected: false, waiting: .max, lagMs: .max).tone == .bad)
    }

    @Test func `an instance whose worker is paused says so`() {
        var instance = InstanceInfo(instance: 1, state: .ready)
        instance.workerId = .first
        #expect(Instances.row(instance, now: .now)[1] == Cell("ready", tone: .good))
        #expect(Instances.row(instance, paused: [.first], now: .now)[1] == Cell("ready, paused", tone: .doubtful))
    }

    @Test func `why names the workers that hang`() {
        var worker = WorkerInfo(id: .first, exec: "a.js", args: [], settingsRevision: 1, forkedAt: .now)
        worker.instance = 2
        #expect(Why.hung([worker], of: nil).isEmpty)
        worker.responsive = false
        #expect(Why.hung([worker], of: 1).isEmpty)
        for instance in [nil, 2] {
            #expect(Why.hung([worker], of: instance).first?.hasPrefix("worker 1 (instance 2) hangs:") == true)
        }
    }

    @Test func `if all calls fail, nothing is shown but why`() throws {
        var answer = HostAnswer(json: try RawJSON(object: []), rows: [])
        answer.failures = [Failure(kind: .refused, message: "no")]
        let report = Report(tables: [WorkerTable.columns], answers: [("local", answer)], isList: false)
        #expect(try report.render(.table, width: nil, inColour: false).isEmpty)
    }

    @Test func `paused workers are named beside their states, and older agents do not count them`() throws {
        var worker = WorkerInfo(id: .first, exec: "a.js", args: [], settingsRevision: 1, forkedAt: .now)
        worker.state = .listening
        worker.paused = true
        #expect(Status.workers(WorkerCounts([worker])) == "1: 1 listening (1 paused)")
        let old = #"{"total":1,"none":0,"online":1,"listening":0,"leaving":0,"disconnected":0,"dead":0}"#
        let counts = try JSONDecoder().decode(WorkerCounts.self, from: Data(old.utf8))
        #expect(counts.total == 1 && counts.paused == 0)
    }

    @Test func `columns with a minimum are the last to shrink`() {
        let table = Table(columns: EventTable.columns(), rows: [["2026-11-22T15:51:44.272Z", "exit", "1", "code 1"]])
        #expect(
            table.lines(width: 49, inColour: false)[1] == "2026-11-22T15:51:44.272Z  exit             1  co…")
        #expect(table.lines(width: 30, inColour: false).map(TerminalText.width).max() == 30)
    }

    @Test func `a narrow terminal shows only the time of the day`() throws {
        let json = #"{"time":"2026-11-22T15:51:44.272Z","type":"online","data":{}}"#
        let event = EventLine(try #require(RawJSON(json.utf8)))
        #expect(EventTable.row(event, .ofDay).map(\.text) == ["15:51:44.272", "online", "-", ""])
    }

    @Test func `the progress line counts the hosts and names those that have not answered`() {
        #expect(ProgressLine.text(waiting: ["web-2"], of: 1) == "waiting for web-2")
        #expect(
            ProgressLine.text(waiting: ["web-2", "db"], of: 5) == "3 of 5 hosts have answered, waiting for web-2, db")
    }

    @Test(arguments: [(0, "0 hosts"), (1, "1 host"), (2, "2 hosts")])
    func `one thing takes the singular`(number: Int, expected: String) {
        #expect(counted(number, "host") == expected)
    }

    @Test func `colours surround the text and not the padding`() {
        let line = Self.wide.lines(width: 60, inColour: true)[1]
        #expect(line.contains("\u{1B}[32mlistening\u{1B}[0m  x"))
    }

    @Test func `control characters of a worker cannot reach the terminal`() {
        let cell = Cell("a\u{1B}[2Jb\nc\u{202E}d\u{9B}")
        #expect(cell.text == #"a\u{1b}[2Jb\nc\u{202e}d\u{9b}"#)
    }

    @Test func `a path that is too long loses its beginning`() {
        #expect(TerminalText.fittingPath("/srv/app/releases/42/server.js", width: 13) == "…42/server.js")
        #expect(TerminalText.fittingPath("unix:/run/cluster/app.sock", width: 9) == "…app.sock")
        #expect(TerminalText.fittingPath("/srv/a.js", width: 9) == "/srv/a.js")
        #expect(TerminalText.fittingPath("listening", width: 5) == "list…")
    }

    @Test func `a question tells how many workers there are at which hosts`() {
        let counts = [(host: "web-1", workers: 3 as Int?), (host: "web-2", workers: 1), (host: "db", workers: nil)]
        #expect(
            WorkerTargets.question("Disconnect", counts)
                == "Disconnect 4 workers: 3 at web-1, 1 at web-2, db does not answer?")
        let many = (0..<22).map { (host: "h\($0)", workers: 1 as Int?) }
        #expect(WorkerTargets.question("Disconnect", many).hasSuffix("1 at h19, and 2 more hosts?"))
    }

    @Test func `wide characters take two columns`() {
        #expect(TerminalText.width("日本") == 4)
        #expect(TerminalText.fitting("日本語", width: 5) == "日本…")
        #expect(TerminalText.fitting("日本語", width: 4) == "日…")
        #expect(TerminalText.fitting("abc", width: 0).isEmpty)
    }
}
