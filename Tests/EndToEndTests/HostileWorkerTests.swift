// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// What a worker does to its own channel harms nobody else.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct HostileWorkerTests {
    private func tell(_ message: String, _ agent: RunningAgent, worker: Int = 1) async throws {
        try await agent.post("/v1/workers/\(worker):send", #"{"message": \#(message)}"#)
    }

    private static let garbage = [
        "no JSON at all\n", "{\n", "\u{0}\u{1}\u{2}\n", #"{"cmd":"NODE_CLUSTER"}"# + "\n",
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":1}"# + "\n",
        #"{"cmd":"NODE_CLUSTER","act":"queryServer","seq":-1,"key":"x","address":null,"port":1e99}"# + "\n",
        #"{"cmd":"NODE_CLUSTER","act":"listening","port":70000,"addressType":9}"# + "\n",
        #"{"cmd":"NODE_CLUSTER","act":"close","key":[]}"# + "\n", #"{"cmd":"NODE_HANDLE","type":"net.Socket"}"# + "\n",
        #"{"cmd":"NODE_HANDLE_ACK"}"# + "\n", #"{"ack":99999999999999999999,"cmd":"NODE_CLUSTER"}"# + "\n",
        String(repeating: "[", count: 100_000) + "\n",
    ]

    @Test(arguments: garbage)
    func `garbage on the channel leaves the agent and the other worker alone`(_ garbage: String) async throws {
        try await withAgent("--workers", "2", workerScript("obedient.js")) { agent in
            for id in 1...2 { try await agent.event(.listening, of: id) }
            try await agent.withWatch("messages=true") { watch in
                try await watch.open()
                let text = String(decoding: try JSONEncoder().encode(garbage), as: UTF8.self)
                try await tell(#"{"garbage": \#(text), "exit": 5}"#, agent)
                #expect(try await agent.event(.exit, of: 1).data["code"] == 5)
                try await tell(#"{"echo": 1}"#, agent, worker: 2)
                _ = try await watch.first { $0.type == .message && $0.workerId?.rawValue == 2 }
            }
            let port = try #require(try await agent.worker(2).listening.first?.port.flatMap { UInt16(exactly: $0) })
            #expect(try await TCPClient.get(port: port) == "worker 2")
        }
    }

    @Test func `a message of 64 megabytes that nobody watches passes by`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await tell(#"{"flood": 67108864}"#, agent)
            try await agent.program.output.first { $0 == "flooded" }
            #expect(try await agent.worker(1).connected)
            #expect(try await agent.kinds(of: 1) == [.fork, .online, .listening])
        }
    }

    @Test func `a message of 30 megabytes reaches its watcher whole`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.withWatch("messages=true") { watch in
                try await watch.open()
                try await tell(#"{"flood": 31457280}"#, agent)
                let event = try await watch.first { $0.type == .message }
                guard case .string(let text)? = event.data["message"] else { throw NoText() }
                #expect(text.utf8.count == 30 << 20 && text.utf8.allSatisfy { $0 == UInt8(ascii: "x") })
            }
        }
    }

    @Test func `a message of 64 megabytes leaves a gap that says why`() async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            try await agent.withWatch("messages=true") { watch in
                try await watch.open()
                try await tell(#"{"flood": 67108864}"#, agent)
                let gap = try await watch.first { $0.type == .gap }
                #expect(gap.data["lostMessages"] == 1 && gap.workerId == WorkerID(rawValue: 1))
                #expect(gap.data["reason"] == "a message takes more than 32 MiB as JSON")
                #expect(try await agent.worker(1).connected)
            }
        }
    }

    private struct NoText: Error {}

    private static let excesses: [(attack: String, reason: DisconnectReason)] = [
        ("garbage", .invalidMessage), ("endless", .messageTooLarge), ("ask_and_not_read", .answersNotRead),
        ("stray", .strayDescriptors), ("unconfirmed", .socketsNotConfirmed), ("sockets", .tooManySockets),
    ]

    @Test(arguments: excesses)
    func `a worker that goes too far loses its channel, and everybody is told why`(
        _ attack: String, _ reason: DisconnectReason
    ) async throws {
        try await withAgent("--workers", "1", workerScript("obedient.js")) { agent in
            try await agent.event(.listening, of: 1)
            let before = try ProcessTable.residentBytes(of: agent.program.pid)
            try await agent.post(
                "/v1/cluster:setupPrimary",
                #"{"exec": "/usr/bin/env", "args": ["python3", "\#(workerScript("hostile.py"))", "\#(attack)"]}"#)
            try await agent.post("/v1/workers:fork")
            #expect(try await agent.event(.disconnect, of: 2).data["reason"] == .string(reason.rawValue))
            #expect(try await agent.event(.exit, of: 2).data["code"] == 0)
            #expect(try await agent.worker(2).disconnectReason == reason)
            #expect(try ProcessTable.residentBytes(of: agent.program.pid) < before + 400 << 20)
            _ = try await agent.program.errors.first {
                $0.contains("channel closed by the agent") && $0.contains(reason.rawValue)
            }
            #expect(try await agent.kinds(of: 1) == [.fork, .online, .listening])
            let port = try #require(try await agent.worker(1).listening.first?.port.flatMap { UInt16(exactly: $0) })
            #expect(try await TCPClient.get(port: port) == "worker 1")
        }
    }
}
