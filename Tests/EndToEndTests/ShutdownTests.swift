// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// SIGTERM and SIGINT.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ShutdownTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal ends the agent with exit code 0`(_ signal: Int32) async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            agent.program.signal(signal)
            #expect(await agent.program.status() == 0)
        }
    }

    @Test func `a connection that never ends costs its worker most of the grace period and then SIGTERM`() async throws
    {
        try await withTemporaryDirectory { directory in
            let arguments = ["--grace", "300ms", "--workers", "1", workerScript("endless.js")]
            try await runAgent(arguments, in: directory) { agent in
                let line = try await agent.program.output.first { $0.hasPrefix("port ") }
                let port = try #require(UInt16(line.dropFirst("port ".count)))
                let client = try HeldConnections(1, to: port)
                defer { client.close() }
                try await agent.program.output.first { $0 == "connected" }
                await agent.stopInGoodOrder()
            }
            try await runAgent(in: directory) { agent in
                let exit = try await agent.event(.exit, of: 1)
                #expect(exit.data["signal"] == "SIGTERM" && exit.data["exitedAfterDisconnect"] == true)
                #expect(exit.data["reason"] == "agentStopped")
                #expect(try await agent.history().map(\.type).contains(.agentStop))
            }
        }
    }

    @Test func `a worker that has a timer can end in good order by SIGTERM`() async throws {
        try await withTemporaryDirectory { directory in
            let arguments = ["--grace", "1m", "--workers", "1", workerScript("heeds-sigterm.js")]
            try await runAgent(arguments, in: directory) { agent in
                try await agent.program.output.first { $0 == "working" }
                // The same steps as at the end, for one worker, with a deadline that is near.
                try await agent.post("/v1/workers/1:disconnect", #"{"deadlineMs": 400, "wait": true}"#)
                try await agent.program.output.first { $0 == "saved" }
                let exit = try await agent.event(.exit, of: 1)
                #expect(exit.data["code"] == 0 && exit.data["reason"] == "disconnected" && exit.requestId != nil)
            }
        }
    }

    /// Nothing but SIGKILL ends the first; the second could not heed anything else.
    @Test(arguments: ["stubborn", "stopped"])
    func `a worker that does not end gets SIGKILL`(_ kind: String) async throws {
        try await withTemporaryDirectory { directory in
            let arguments = ["--grace", "300ms", "--workers", "1", workerScript("stubborn.js")]
            try await runAgent(arguments, in: directory) { agent in
                try await agent.program.output.first { $0 == "stubborn" }
                if kind == "stopped" { try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGSTOP"}"#) }
                await agent.stopInGoodOrder()
            }
            try await runAgent(in: directory) { agent in
                let exit = try await agent.event(.exit, of: 1)
                #expect(exit.data["signal"] == "SIGKILL" && exit.data["reason"] == "agentStopped")
            }
        }
    }

    @Test func `a fork whose body comes after the signal is refused`() async throws {
        try await withAgent("--grace", "10m", "--insecure-no-auth", "--workers", "1", workerScript("stubborn.js")) {
            agent in
            try await agent.program.output.first { $0 == "stubborn" }
            let body = #"{"count": 2}"#
            let request = try OpenRequest(port: agent.port, path: "/v1/workers:fork", length: body.utf8.count)
            // The head has been read when a later request is answered.
            _ = try await agent.workers()
            agent.program.signal(SIGTERM)
            try await agent.event(.disconnect, of: 1)
            try request.send(body)
            let answer = try await request.answer()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("SHUTTING_DOWN"))
            #expect(try await agent.workers().map(\.id.rawValue) == [1])
            agent.program.signal(SIGINT)
            await agent.program.status()
        }
    }

    @Test func `a second signal kills at once`() async throws {
        try await withAgent("--grace", "10m", "--workers", "1", workerScript("stubborn.js")) { agent in
            try await agent.program.output.first { $0 == "stubborn" }
            agent.program.signal(SIGTERM)
            try await agent.program.errors.first {
                $0.contains("shutting down; a second signal kills the workers at once")
            }
            agent.program.signal(SIGINT)
            #expect(await agent.program.status() == 128 + SIGINT)
        }
    }

    /// As timeout(1) does it: to the process, then to its group.
    @Test func `a signal that comes twice at once is one`() async throws {
        try await withAgent("--grace", "10m", "--workers", "1", workerScript("heeds-sigterm.js")) { agent in
            try await agent.program.output.first { $0 == "working" }
            for _ in 0..<2 { agent.program.signal(SIGTERM) }
            try await agent.program.errors.first { $0.contains("shutting down") && $0.contains("SIGTERM") }
            try await agent.event(.disconnect, of: 1)
            #expect(try await agent.workers().map(\.id.rawValue) == [1])
            agent.program.signal(SIGINT)
            #expect(await agent.program.status() == 128 + SIGINT)
        }
    }

    @Test func `commands are refused while it ends`() async throws {
        try await withAgent("--grace", "10m", "--workers", "1", workerScript("stubborn.js")) { agent in
            try await agent.program.output.first { $0 == "stubborn" }
            agent.program.signal(SIGTERM)
            try await agent.event(.disconnect, of: 1)
            let reply = try await agent.call("POST", "/v1/workers:fork")
            #expect(reply.status == 503 && reply.reason == .shuttingDown)
            agent.program.signal(SIGINT)
            await agent.program.status()
        }
    }

    @Test func `an agent whose files were removed leaves its successor's files alone`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await RunningAgent.start([], in: directory, environment: [:])
            for name in ["lock", "agent.sock"] {
                try FileManager.default.removeItem(at: directory.appending(path: name))
            }
            try await runAgent(in: directory) { second in
                first.program.signal(SIGTERM)
                #expect(await first.program.status() == 0)
                #expect(FileManager.default.fileExists(atPath: directory.appending(path: "lock").path))
                let reply = try await second.call("GET", "/v1/version", over: .unix)
                #expect(reply.status == 200)
            }
        }
    }

    /// Somebody may copy it, and leave out the log beside it.
    @Test func `the history is whole in its file after the end`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(in: directory) { await $0.stopInGoodOrder() }
            let log = directory.appending(path: "history.sqlite-wal").path
            let attributes = try? FileManager.default.attributesOfItem(atPath: log)
            #expect(attributes?[.size] as? Int ?? 0 == 0)
        }
    }
}
