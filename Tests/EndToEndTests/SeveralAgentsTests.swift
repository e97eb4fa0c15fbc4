// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import TestSupport
import Testing

/// `cluster-cli` with two real agents at once.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SeveralAgentsTests {
    private func withTwo(_ body: (_ one: RunningAgent, _ two: RunningAgent) async throws -> Void) async throws {
        let app = workerScript("stubborn.js")
        try await withAgent("--grace", "0", "--workers", "1", app) { one in
            try await withAgent("--grace", "0", "--workers", "1", app) { two in
                try await body(one, two)
            }
        }
    }

    /// The first by its unix socket, the second by TCP and its token.
    private func cli(
        _ one: RunningAgent, _ two: RunningAgent, _ arguments: String...
    ) async throws -> RunningProgram.Outcome {
        let token = two.dataDirectory.appending(path: "token").path
        return try await RunningProgram.run(
            RunningProgram.built("cluster-cli"),
            ["--host", "unix:\(one.socket)", "--host", "http://127.0.0.1:\(two.port)", "--token-file", token]
                + arguments,
            environment: ["HOME": one.dataDirectory.path])
    }

    @Test func `a table names the host of each worker`() async throws {
        try await withTwo { one, two in
            let outcome = try await cli(one, two, "workers")
            let lines = outcome.output.split(separator: "\n")
            #expect(outcome.status == 0 && lines.count == 3)
            #expect(lines.first?.hasPrefix("HOST ") == true)
            #expect(lines.contains { $0.contains("127.0.0.1:\(two.port)") })
        }
    }

    @Test func `json is an array of each host's answer`() async throws {
        struct Answer: Decodable {
            let host: String
            let ok: Bool
            let result: WorkersReply
        }
        try await withTwo { one, two in
            let outcome = try await cli(one, two, "workers", "-o", "json")
            let answers = try JSONDecoder().decode([Answer].self, from: Data(outcome.output.utf8))
            #expect(answers.count == 2 && answers.allSatisfy(\.ok))
            // The states may have changed between the two calls.
            #expect(answers[0].result.workers.map(\.id) == (try await one.workers()).map(\.id))
            #expect(answers[1].result.workers.map(\.id) == (try await two.workers()).map(\.id))
        }
    }

    @Test func `a command goes to both hosts`() async throws {
        try await withTwo { one, two in
            let outcome = try await cli(one, two, "kill", "1", "--signal", "SIGKILL")
            #expect(outcome.status == 0)
            for agent in [one, two] { #expect(try await agent.event(.exit, of: 1).data["signal"] == "SIGKILL") }
        }
    }

    @Test func `a host that is down makes the exit code 2 and is named`() async throws {
        try await withTwo { one, two in
            await two.stop()
            let outcome = try await cli(one, two, "workers")
            #expect(outcome.status == 2)
            #expect(outcome.errors.contains("127.0.0.1:\(two.port)") && outcome.errors.contains("refused"))
            #expect(outcome.output.contains("unix:"), "what the other one says is shown all the same")
        }
    }

    @Test func `two hosts that are down make the exit code 69`() async throws {
        try await withTwo { one, two in
            await one.stop()
            await two.stop()
            let outcome = try await cli(one, two, "workers")
            #expect(outcome.status == 69)
        }
    }

    @Test func `the histories are merged by time`() async throws {
        try await withTwo { one, two in
            _ = try await cli(one, two, "kill", "1", "--signal", "SIGKILL")
            for agent in [one, two] { try await agent.event(.exit, of: 1) }
            let outcome = try await cli(one, two, "events", "-o", "jsonl")
            struct Line: Decodable {
                let time: Timestamp
                let type: EventType
            }
            let events = try outcome.output.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
            #expect(events.filter { $0.type == .exit }.count == 2)
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
        }
    }
}
