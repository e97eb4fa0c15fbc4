// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// How a worker ended, as the history tells it.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ExitTests {
    /// What makes the worker end, and what its `exit` event must say.
    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// A message for the worker, or a call for the agent.
        var message: String?
        var call: (path: String, body: String)?
        var code: JSONValue = .null
        var signal: JSONValue = .null
        let exitedAfterDisconnect: Bool
    }

    private static let endings = [
        Ending(
            testDescription: "process.exit(42)", message: #"{"exit": 42}"#, code: 42, exitedAfterDisconnect: false),
        Ending(
            testDescription: "SIGKILL by itself", message: #"{"signal": "SIGKILL"}"#, signal: "SIGKILL",
            exitedAfterDisconnect: false),
        Ending(
            testDescription: "an exception that nobody catches", message: #"{"throw": "on purpose"}"#, code: 1,
            exitedAfterDisconnect: false),
        Ending(
            testDescription: "cluster.worker.disconnect()", message: #"{"disconnect": 0}"#, code: 0,
            exitedAfterDisconnect: true),
        Ending(
            testDescription: "cluster.worker.kill()", message: #"{"kill": 0}"#, code: 0, exitedAfterDisconnect: true),
        Ending(
            testDescription: "disconnect by the primary", call: (":disconnect", "{}"), code: 0,
            exitedAfterDisconnect: true),
        // The worker takes the closed channel for the primary's end (Node `lib/internal/cluster/child.js`).
        Ending(
            testDescription: "abrupt disconnect", call: (":disconnect", #"{"abrupt": true}"#), code: 0,
            exitedAfterDisconnect: false),
        Ending(
            testDescription: "kill by the primary", call: (":kill", "{}"), signal: "SIGTERM",
            exitedAfterDisconnect: false),
        Ending(
            testDescription: "SIGKILL by the primary", call: (":kill", #"{"signal": "SIGKILL"}"#), signal: "SIGKILL",
            exitedAfterDisconnect: false),
    ]

    @Test(arguments: endings)
    func `exit tells code, signal and purpose`(_ ending: Ending) async throws {
        try await withAgent("--workers", "0", workerScript("obedient.js")) { agent in
            try await agent.forkListening()
            if let message = ending.message {
                try await agent.post("/v1/workers/1:send", #"{"message": \#(message)}"#)
            }
            if let call = ending.call { try await agent.post("/v1/workers/1\(call.path)", call.body) }
            let exit = try await agent.event(.exit, of: 1)
            #expect(exit.data["code"] == ending.code)
            #expect(exit.data["signal"] == ending.signal)
            #expect(exit.data["exitedAfterDisconnect"] == .bool(ending.exitedAfterDisconnect))
            let disconnect = try await agent.event(.disconnect, of: 1)
            #expect(disconnect.data["exitedAfterDisconnect"] == .bool(ending.exitedAfterDisconnect))
        }
    }

    @Test(arguments: endings)
    func `each event of a worker comes once and in order`(_ ending: Ending) async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            if let message = ending.message {
                try await agent.post("/v1/workers/1:send", #"{"message": \#(message)}"#)
            }
            if let call = ending.call { try await agent.post("/v1/workers/1\(call.path)", call.body) }
            try await agent.event(.exit, of: 1)
            try await agent.event(.disconnect, of: 1)
            let kinds = try await agent.kinds(of: 1).filter { $0 != .leaving }
            #expect(kinds.prefix(3) == [.fork, .online, .listening])
            #expect(kinds.count == 5 && Set(kinds.suffix(2)) == [.disconnect, .exit])
        }
    }

    @Test func `an ended worker is remembered with its end`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL", "wait": true}"#)
            try await agent.event(.exit, of: 1)
            let worker = try await agent.worker(1)
            #expect(worker.state == .dead && worker.dead && !worker.connected)
            #expect(worker.signal == "SIGKILL" && worker.exitCode == nil)
            let exit = try #require(worker.exit)
            #expect(exit.reason == .signaled && exit.signal == .kill && exit.principal == "uid:\(geteuid())")
            #expect(try #require(exit.uptimeMs) > 0)
            #expect(try #require(exit.maxRssBytes) > 1 << 20)
            // The command, and all that it caused.
            let request = try #require(exit.requestId)
            let caused = try await agent.history("requestId=\(request)").map(\.type)
            #expect(Set(caused).isSuperset(of: [.command, .exit]))
            #expect(try await agent.workers().isEmpty)
        }
    }

    @Test func `the last words of a silent worker are kept`() async throws {
        try await withAgent("--workers", "0", workerScript("obedient.js")) { agent in
            try await agent.post("/v1/cluster:setupPrimary", #"{"silent": true}"#)
            try await agent.forkListening(1)
            try await agent.post("/v1/workers/1:send", #"{"message": {"throw": "alas"}}"#)
            try await agent.event(.exit, of: 1)
            #expect(try await agent.worker(1).exit?.stderr?.contains("Error: alas") == true)
        }
    }

    @Test func `workers that the agent's end has disconnected exited on purpose`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(["--workers", "2", workerScript("obedient.js")], in: directory) { agent in
                for id in 1...2 { try await agent.event(.listening, of: id) }
                await agent.stopInGoodOrder()
            }
            try await runAgent(in: directory) { agent in
                for id in 1...2 {
                    let exit = try await agent.event(.exit, of: id)
                    #expect(exit.data["exitedAfterDisconnect"] == true && exit.data["code"] == 0)
                    #expect(exit.data["reason"] == "agentStopped")
                }
            }
        }
    }
}
