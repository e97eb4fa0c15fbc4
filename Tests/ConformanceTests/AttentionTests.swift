// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Supervision
import TestSupport
import Testing

/// New connections do not go to workers that are paused or hang.
@Suite("Who gets no new connections", .serialized, .timeLimit(.minutes(1)))
struct AttentionTests {
    /// A primary with three workers that listen on one port.
    private func withWorkers(
        _ policy: SchedulingPolicy, running script: String = "http-server.js",
        _ body: (PrimaryFixture, [WorkerID], _ port: UInt16) async throws -> Void
    ) async throws {
        try await withPrimary(script, settings: { $0.schedulingPolicy = policy }) { cluster in
            let (first, port) = try await cluster.forkListening()
            var workers = [first.id]
            for _ in 0..<2 { workers.append(try await cluster.forkListening().0.id) }
            try await body(cluster, workers, port)
        }
    }

    /// Who answers so many clients, each after the one before.
    private func answers(_ port: UInt16, _ count: Int = 40) async throws -> Set<String> {
        var workers: Set<String> = []
        for _ in 0..<count { workers.insert(try await TCPClient.get(port: port)) }
        return workers
    }

    /// Asks until the worker answers again.
    private func waitForAnswer(of worker: WorkerID, _ port: UInt16) async throws {
        while try await TCPClient.get(port: port) != "worker \(worker)" { try Task.checkCancellation() }
    }

    @Test(
        "the clients of a stopped worker are served by the others",
        arguments: [SchedulingPolicy.roundRobin, .reuseport])
    func stopped(policy: SchedulingPolicy) async throws {
        try await withWorkers(policy) { cluster, workers, port in
            _ = try await cluster.primary.kill(workers[1], signal: try #require(Signal("SIGSTOP")))
            let served = try await answers(port)
            #expect(served == ["worker \(workers[0])", "worker \(workers[2])"])
            _ = try await cluster.primary.kill(workers[1], signal: try #require(Signal("SIGCONT")))
            try await waitForAnswer(of: workers[1], port)
        }
    }

    @Test(
        "a worker that never comes back to its event loop keeps one client at most",
        arguments: [
            SchedulingPolicy.roundRobin, .reuseport,
        ])
    func spinning(policy: SchedulingPolicy) async throws {
        try await withWorkers(policy, running: "http-spin.js") { cluster, workers, port in
            try await cluster.send("1", to: workers[1])
            #expect(try await cluster.log.message(1, of: workers[1]) == "spinning")
            let clients = try (0..<30).map { _ in try SocketClient(.tcp(port: port)) }
            for client in clients { try client.write("GET / HTTP/1.0\r\n\r\n") }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for client in clients { group.addTask { try await client.readToEnd().contains("worker ") } }
                // With rr some were handed over before anybody could know.
                var left = policy == .roundRobin ? 30 - ConnectionLimit.window : 30
                while left > 0, let isServed = try await group.next() { if isServed { left -= 1 } }
                #expect(left == 0)
                group.cancelAll()
                _ = try await cluster.primary.kill(workers[1], signal: .kill)
                while let isServed = try await group.next() { #expect(isServed) }
            }
        }
    }

    @Test(
        "no client comes to a worker that hangs without having been sent any",
        arguments: [SchedulingPolicy.roundRobin, .reuseport])
    func spinningIdle(policy: SchedulingPolicy) async throws {
        try await withSupervisor(
            "http-spin.js", workers: 3,
            policy: {
                $0.heartbeatMs = 10
                $0.unresponsiveMs = 1000
            }, settings: { $0.schedulingPolicy = policy }
        ) { cluster in
            let workers = try await cluster.ready(3)
            let port = try await cluster.port(of: workers[0])
            try await cluster.cluster.send("1", to: workers[1])
            _ = try await cluster.log.first { if case .unresponsive = $0.kind { true } else { false } }
            let served = try await answers(port, 12)
            #expect(served == ["worker \(workers[0])", "worker \(workers[2])"])
            let delay = await cluster.supervisor.view(of: workers[1])?.delay(at: .now)
            #expect(try #require(delay) >= .seconds(1))
        }
    }

    /// What a worker may be sent before it answers.
    private enum ConnectionLimit { static let window = 16 }

    @Test(
        "a paused worker serves nobody new, and goes on when it is resumed",
        arguments: [
            SchedulingPolicy.roundRobin, .reuseport,
        ])
    func paused(policy: SchedulingPolicy) async throws {
        try await withWorkers(policy) { cluster, workers, port in
            let paused = try await cluster.primary.pause(workers[2])
            #expect(paused.paused)
            #expect(try await answers(port) == ["worker \(workers[0])", "worker \(workers[1])"])
            let resumed = try await cluster.primary.resume(workers[2])
            #expect(!resumed.paused)
            try await waitForAnswer(of: workers[2], port)
        }
    }

    @Test("clients wait while all workers are paused", arguments: [SchedulingPolicy.roundRobin, .reuseport])
    func allPaused(policy: SchedulingPolicy) async throws {
        try await withWorkers(policy) { cluster, workers, port in
            for worker in workers { _ = try await cluster.primary.pause(worker) }
            let client = try SocketClient(.tcp(port: port))
            try client.write("GET / HTTP/1.0\r\n\r\n")
            _ = try await cluster.primary.resume(workers[1])
            #expect(try await client.readToEnd().hasSuffix("worker \(workers[1])"))
        }
    }

    @Test("a worker that accepts by itself cannot be paused")
    func shared() async throws {
        try await withWorkers(.none) { cluster, workers, _ in
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.pause(workers[0]) }
            #expect(error?.reason == .policyCannotPause)
        }
    }

    @Test("a port with sockets of its own is steered by the kernel")
    func steered() async throws {
        try await withWorkers(.reuseport) { cluster, _, _ in
            #expect(await cluster.primary.status.handles.map(\.steered) == [true])
        }
    }
}
