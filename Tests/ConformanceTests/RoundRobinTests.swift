// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import TestSupport
import Testing

@Suite("Round-robin with Node workers", .timeLimit(.minutes(1)))
struct RoundRobinTests {
    @Test("a worker serves what the primary accepts")
    func serves() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (worker, port) = try await cluster.forkListening()
            #expect(try await TCPClient.get(port: port) == "worker \(worker.id)")
        }
    }

    @Test(
        "TLS servers share their ticket keys, so that a client's session is good in every worker",
        arguments: SchedulingPolicy.allCases)
    func ticketKeys(_ policy: SchedulingPolicy) async throws {
        try await withPrimary("ticket-keys.js", settings: { $0.schedulingPolicy = policy }) { cluster in
            let first = try await cluster.firstMessageOfFork()
            let second = try await cluster.firstMessageOfFork()
            #expect(first == second)
        }
    }

    @Test("workers that listen on port 0 share one port and take turns")
    func sharesPort() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (_, port) = try await cluster.forkListening()
            let (_, second) = try await cluster.forkListening()
            #expect(port == second)
            var served: [String: Int] = [:]
            for _ in 0..<10 { served[try await TCPClient.get(port: port), default: 0] += 1 }
            #expect(served == ["worker 1": 5, "worker 2": 5])
        }
    }
}
