// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Hummingbird
import Shared
import Synchronization
import TestSupport
import Testing

@testable import CLI

/// What each worker does right now.
@Suite(.timeLimit(.minutes(1)))
struct TopTests {
    // MARK: Rates

    private static func worker(
        _ id: Int, forkedAt: Int64 = 0, handedOver: UInt64 = 0, cpuMs: Int64? = nil, memory: Int64? = nil,
        delay: Double? = nil, waiting: Int? = nil
    ) throws -> WorkerInfo {
        var worker = WorkerInfo(
            id: try #require(WorkerID(rawValue: id)), exec: "app.js", args: [], settingsRevision: 1,
            forkedAt: Timestamp(milliseconds: forkedAt))
        worker.instance = id
        worker.figures = WorkerFigures(
            connections: .init(handedOver: handedOver, declined: 0, unanswered: 0, waiting: waiting),
            eventLoopDelayMs: delay, cpuMs: cpuMs, residentBytes: memory)
        return worker
    }

    private static func reading(_ milliseconds: Int64, _ workers: WorkerInfo...) -> TopReading {
        TopReading(at: Timestamp(milliseconds: milliseconds), workers: workers)
    }

    @Test func `what a worker did is divided by the time since the last look`() throws {
        let before = Self.reading(10_000, try Self.worker(1, handedOver: 100, cpuMs: 1000))
        let now = Self.reading(12_000, try Self.worker(1, handedOver: 150, cpuMs: 1500))
        let row = now.rows(of: "web", since: before)[0]
        #expect(row.connections == 25 && row.cpu == 0.25)
    }

    @Test func `a worker that is new is measured from its fork`() throws {
        let before = Self.reading(10_000, try Self.worker(1))
        let now = Self.reading(12_000, try Self.worker(1), try Self.worker(2, forkedAt: 11_000, handedOver: 30))
        #expect(now.rows(of: "web", since: before).map(\.connections) == [0, 30])
        #expect(now.rows(of: "web", since: nil).map(\.connections) == [0, 30])
    }

    @Test func `nobody counts the connections of a worker that accepts by itself`() throws {
        let rows = Self.reading(1000, try Self.worker(1, handedOver: 3, waiting: 2)).rows(of: "web", since: nil)
        #expect(rows[0].connections == nil)
        let cells = TopTable.row(rows[0], namesHosts: false, now: Timestamp(milliseconds: 1000)).map(\.text)
        #expect(cells[3...6] == ["-", "-", "2", "-"])
    }

    @Test func `a count that goes back, and a clock that goes back, give no nonsense`() throws {
        let before = Self.reading(10_000, try Self.worker(1, handedOver: 100, cpuMs: 1000))
        let now = Self.reading(9000, try Self.worker(1, handedOver: 50, cpuMs: 900))
        #expect(now.rows(of: "web", since: before).map(\.connections) == [0])
        #expect(TopTable.decimal(.infinity, digits: 1) == "?" && TopTable.decimal(-1, digits: 0) == "?")
    }

    @Test func `the largest comes first, and what is not known last`() throws {
        let rows = Self.reading(
            1000, try Self.worker(1, cpuMs: 5, memory: 10), try Self.worker(2, memory: 30, delay: 4),
            try Self.worker(3, cpuMs: 9, memory: 20)
        ).rows(of: "web", since: nil)
        func ids(_ order: TopOrder) -> [Int] { order.sorted(rows).map(\.worker.id.rawValue) }
        #expect(ids(.instance) == [1, 2, 3] && ids(.cpu) == [3, 1, 2])
        #expect(ids(.memory) == [2, 3, 1] && ids(.delay) == [2, 1, 3])
    }

    @Test func `the sum of all stands above`() throws {
        let rows = Self.reading(1000, try Self.worker(1, handedOver: 8, cpuMs: 500, memory: 3 << 20))
            .rows(of: "web", since: nil)
        #expect(TopTable.summary(rows, hosts: 1) == "1 worker, 8 connections/s, CPU 50%, 3M")
        #expect(TopTable.summary(rows + rows, hosts: 2) == "2 hosts, 2 workers, 16 connections/s, CPU 100%, 6M")
    }

    // MARK: The program

    /// Two workers. Each look finds ten connections more.
    private static func agent() -> @Sendable (FakeAgent.Call) async throws -> Response {
        let looks = Mutex(0)
        return { call in
            guard call.line == "GET /v1/workers" else { return try Sample.agent(call) }
            let count = looks.withLock { looks in
                looks += 1
                return looks
            }
            let workers = [1, 2].map { id in
                Sample.worker(id).replacing(
                    #""exitedAt": "2026-11-22T17:56:45.000Z""#,
                    with: """
                        "exitedAt": null, "figures": {"connections": {"handedOver": \(count * 10 * id), "declined": 3, \
                        "unanswered": 1, "waiting": null}, "eventLoopDelayMs": 0.42, "cpuMs": \(count), \
                        "residentBytes": \(id << 20)}
                        """)
            }
            return .json(#"{"workers": [\#(workers.joined(separator: ", "))], "nextPageToken": ""}"#)
        }
    }

    @Test func `without a terminal each look adds a line for each worker`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: Self.agent()) { _ in
                let outcome = try await CLIProgram.run(
                    ["top", "--count", "2", "--interval", "10ms", "--sort", "memory"], home: home)
                let lines = outcome.output.split(separator: "\n")
                #expect(outcome.status == 0 && outcome.errors.isEmpty && lines.count == 5, "\(outcome)")
                #expect(lines[0].contains("CONN/S") && lines[0].contains("TIME"))
                #expect(lines[1].contains("0.4 ms") && lines[1].contains("2M") && lines[2].contains("1M"))
                #expect(!outcome.output.contains("\u{1B}"))
            }
        }
    }

    @Test func `a look as JSON is the agent's own reply`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: Self.agent()) { _ in
                let outcome = try await CLIProgram.run(["top", "--count", "1", "-o", "json"], home: home)
                #expect(outcome.status == 0 && outcome.output.contains(#""somethingNew": 12345678901234567890"#))
            }
        }
    }

    @Test func `an agent that is not there is told as elsewhere`() async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(["top"], home: home)
            #expect(outcome.status == 69 && outcome.errors.contains("agent.sock"))
        }
    }

    @Test func `at a terminal keys sort and q leaves the screen as it was`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: Self.agent()) { _ in
                let terminal = try CLIProgram.atTerminal(["top", "--interval", "50ms"], home: home)
                defer { terminal.stop() }
                try await terminal.wait(for: "by instance;")
                try terminal.type("m")
                try await terminal.wait(for: "by memory;")
                try terminal.type("q")
                #expect(await terminal.status() == 0)
                let screen = await terminal.screen
                #expect(screen.contains("2 workers") && screen.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
            }
        }
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
    func `a signal leaves the screen as it was`(number: Int32) async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: Self.agent()) { _ in
                let terminal = try CLIProgram.atTerminal(["top"], home: home)
                defer { terminal.stop() }
                try await terminal.wait(for: "2 workers")
                #expect(kill(terminal.pid, number) == 0)
                #expect(await terminal.status() == 128 + number)
                #expect(await terminal.screen.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
            }
        }
    }

    @Test func `Ctrl-C leaves the screen as it was`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: Self.agent()) { _ in
                let terminal = try CLIProgram.atTerminal(["top"], home: home)
                defer { terminal.stop() }
                try await terminal.wait(for: "2 workers")
                try terminal.type("\u{3}")
                #expect(await terminal.status() == 130)
                #expect(await terminal.screen.hasSuffix("\u{1B}[?25h\u{1B}[?1049l"))
            }
        }
    }
}
