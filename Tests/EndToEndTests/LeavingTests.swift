// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

/// What the programs say if workers leave, crash or are not there.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LeavingTests {
    @Test func `a worker that was asked to leave is shown as leaving, with the caller and the deadline`() async throws {
        try await withAgent("--workers", "1", workerScript("stubborn.js")) { agent in
            try await agent.program.output.first { $0 == "stubborn" }
            try await agent.post("/v1/workers/1:disconnect", #"{"deadlineMs": 600000}"#)
            let event = try await agent.event(.leaving, of: 1)
            #expect(event.data["principal"] == .string("uid:\(geteuid())") && event.data["reason"] == "command")
            let leaving = try #require(try await agent.worker(1).leaving)
            #expect(leaving.since == event.time && leaving.deadline.map { .string("\($0)") } == event.data["deadline"])
            #expect(try await agent.cli("events").output.contains("asked by uid:\(geteuid()), until "))
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL", "wait": true}"#)
            try await agent.event(.exit, of: 1)
            #expect(try await agent.worker(1).leaving == nil)
            #expect(try await agent.cli("workers", "--state", "dead").output.contains("SIGKILL by uid:\(geteuid())"))
        }
    }

    @Test func `a program that crashes at its start is named in the status and in the log`() async throws {
        try await withAgent("--workers", "0", workerScript("broken.js")) { agent in
            _ = try await agent.cli("setup-primary", "--silent")
            #expect(try await agent.cli("status").output.contains("no workers"))
            try await agent.post("/v1/workers:fork", "{}")
            try await agent.event(.exit, of: 1)
            try await agent.event(.disconnect, of: 1)
            let status = try await agent.cli("status").output
            #expect(status.contains("no workers") && status.contains("0, the last ended by itself: exit code 1: "))
            try await agent.program.errors.first { $0.contains("a worker ended by itself before it listened") }
        }
    }

    @Test func `the debug log names services without their contents`() async throws {
        try await withAgent("--log-level", "debug") { agent in
            let line = try await agent.program.errors.first { $0.contains("Starting service lifecycle") }
            #expect(line.contains("ListenerService") && line.utf8.count < 500, "\(line)")
        }
    }
}
