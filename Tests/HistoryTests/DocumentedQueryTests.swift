// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Shared
import Testing

@testable import History

/// The queries of docs/history.md do what the sentence above each says.
struct DocumentedQueryTests {
    private static let queries: [String: String] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/history.md").path
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        var queries: [String: String] = [:]
        for match in text.matches(of: #/\n(?<title>[^\n]+):\n\n```sql\n(?<sql>[^`]+)```/#) {
            queries[String(match.title)] = String(match.sql)
        }
        return queries
    }()

    /// Two runs of the agent. Worker 1 crashed, 2 was killed by a command, 3 went when it was told to, 4 lives.
    private func history() throws -> History {
        let history = try History.inMemory()
        func worker(_ id: Int, uptime: Int64, _ exit: ExitReport?) -> HistoryEntry {
            let worker = Samples.worker(id) {
                $0.forkedAt = Timestamp(milliseconds: 3_600_000 * Int64(id))
                $0.listeningAt = Timestamp(milliseconds: 3_600_000 * Int64(id) + 50 * Int64(id))
                $0.exit = exit
                $0.exitCode = exit?.code
                $0.signal = exit?.signal?.description
                $0.dead = exit != nil
                $0.exitedAt = exit.map { _ in Timestamp(milliseconds: 3_600_000 * Int64(id) + uptime) }
            }
            let type: EventType = exit == nil ? .fork : .exit
            return HistoryEntry(event: Samples.entry(type, worker: id, request: exit?.requestId).event, worker: worker)
        }
        func event(_ type: EventType, request: String? = nil, _ data: EventData) -> HistoryEntry {
            Samples.entry(type, request: request, at: 7_200_000, data: data)
        }
        _ = try history.append([
            event(.agentStart, ["version": "1.0.0", "lastRun": ["end": "none", "at": nil]]),
            worker(
                1, uptime: 60_000,
                ExitReport(
                    reason: .exited, code: 1, uptimeMs: 60_000, maxRssBytes: 50 << 20, userMs: 900, systemMs: 100,
                    stderr: "Error: boom")),
            worker(
                2, uptime: 180_000,
                ExitReport(
                    reason: .signaled, signal: .kill, uptimeMs: 180_000, maxRssBytes: 90 << 20, userMs: 1, systemMs: 1,
                    requestId: "deploy-42", principal: "uid:0")),
            event(.command, request: "deploy-42", ["path": "/v1/workers/2:kill"]),
            worker(3, uptime: 1000, ExitReport(reason: .disconnected, code: 0, uptimeMs: 1000)),
            worker(4, uptime: 0, nil),
            event(.gap, ["lost": 7, "since": "a", "until": "b", "reason": "the disk is full"]),
            event(.agentStart, ["version": "1.1.0", "lastRun": ["end": "lost", "at": "then"]]),
        ])
        return history
    }

    @Test func `the page has ten queries`() {
        #expect(Self.queries.count == 10)
    }

    @Test(arguments: [
        (
            "What happened last",
            "1970-01-01T02:00:00.000Z|agentStart||{\"lastRun\":{\"at\":\"then\",\"end\":\"lost\"},\"version\":\"1.1.0\"}"
        ),
        ("Exits per hour, by reason", "1970-01-01 01:00|exited|1"),
        ("Mean and longest uptime of each program, in seconds", "/srv/app/server.js|3|80.33333333333333|180.0"),
        ("Who killed what", "1970-01-01T02:03:00.000Z|2|SIGKILL|uid:0|deploy-42"),
        ("A command and all that it caused", "3|1970-01-01T00:00:01.000Z|exit|2|{}"),
        ("Workers that crashed, with their last words", "1970-01-01T01:01:00.000Z|1|1||Error: boom"),
        ("How long workers take from fork to listening, in milliseconds", "/srv/app/server.js|4|125.0|200"),
        ("The hungriest workers", "2|4002|/srv/app/server.js|90|0.002"),
        (
            "Runs of the agent, and how the run before each had ended",
            "1970-01-01T02:00:00.000Z|1.0.0|none|"
        ),
        ("What is missing, and why", "1970-01-01T02:00:00.000Z|7|a|b|the disk is full"),
    ])
    func `each query answers what its title says`(title: String, first: String) throws {
        let sql = try #require(Self.queries[title])
        let rows = try history().read { db in
            try Row.fetchAll(db, sql: sql).map { row in
                row.databaseValues.map { value in
                    value.isNull ? "" : String.fromDatabaseValue(value) ?? "\(value)"
                }.joined(separator: "|")
            }
        }
        #expect(rows.first == first)
        let counts = [
            "What happened last": 8, "Exits per hour, by reason": 3,
            "A command and all that it caused": 2, "The hungriest workers": 2,
            "Runs of the agent, and how the run before each had ended": 2,
        ]
        #expect(rows.count == counts[title] ?? 1)
    }
}
