// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// The agent with workers in Swift and in Node, which share one port.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct MixedClusterTests {
    /// Both answer with `worker` and their number, on a free port.
    private static let node = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../ConformanceTests/Workers/http-server.js").standardizedFileURL.path

    private func setup(_ agent: RunningAgent, swift: Bool) async throws {
        let exec = swift ? try RunningProgram.built("SwiftWorker") : Self.node
        let args = swift ? #"["http-server"]"# : "[]"
        try await agent.post("/v1/cluster:setupPrimary", #"{"exec": "\#(exec)", "args": \#(args)}"#)
    }

    /// Runs `body` with an agent that has forked a worker in Node, then two in Swift, then another in Node.
    private func withWorkers(
        _ policy: SchedulingPolicy, _ body: (_ agent: RunningAgent, _ port: UInt16) async throws -> Void
    ) async throws {
        try await withAgent("--workers", "1", "--scheduling-policy", policy.rawValue, Self.node) { agent in
            try await agent.event(.listening, of: 1)
            try await setup(agent, swift: true)
            try await agent.forkListening(2)
            try await setup(agent, swift: false)
            try await agent.forkListening()
            let ports = Set(try await agent.workers().map { $0.listening.first?.port })
            #expect(ports.count == 1)
            let port = try #require(ports.first ?? nil)
            try await body(agent, try #require(UInt16(exactly: port)))
            await agent.stopInGoodOrder()
        }
    }

    @Test func `connections are spread evenly over workers of both kinds`() async throws {
        try await withWorkers(.roundRobin) { agent, port in
            var served: [String: Int] = [:]
            for _ in 0..<20 { served[try await TCPClient.get(port: port), default: 0] += 1 }
            #expect(served == ["worker 1": 5, "worker 2": 5, "worker 3": 5, "worker 4": 5])
        }
    }

    @Test(arguments: [SchedulingPolicy.none, .reuseport])
    func `workers of both kinds accept from one port`(_ policy: SchedulingPolicy) async throws {
        try await withWorkers(policy) { _, port in
            // Who gets a connection is the kernel's choice, so each comes in time.
            var served: Set<String> = []
            while served.count < 4 { served.insert(try await TCPClient.get(port: port)) }
            #expect(served == ["worker 1", "worker 2", "worker 3", "worker 4"])
        }
    }

    @Test(arguments: SchedulingPolicy.allCases)
    func `either kind leaves in good order, is replaced by the other, and is reported alike`(
        _ policy: SchedulingPolicy
    ) async throws {
        try await withWorkers(policy) { agent, port in
            for id in [1, 2] {
                try await agent.post("/v1/workers/\(id):disconnect", #"{"wait": true}"#)
                try await agent.event(.exit, of: id)
                let gone = try await agent.worker(id)
                #expect(gone.exitedAfterDisconnect == true && gone.exitCode == 0)
                #expect(gone.exit?.reason == .disconnected)
            }
            let left = ["worker 3", "worker 4"]
            for _ in 0..<4 {
                let name = try await TCPClient.get(port: port)
                #expect(left.contains(name))
            }
            // The order of the two last ones is chance, as under Node.
            for id in [1, 2] {
                let kinds = try await agent.kinds(of: id)
                #expect(kinds.prefix(3) == [.fork, .online, .listening])
                #expect(Set(kinds.dropFirst(3)) == [.leaving, .disconnect, .exit] && kinds.count == 6)
            }
        }
    }
}
