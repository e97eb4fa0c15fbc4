// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Supervision
import TestSupport
import Testing

/// A client that has connected gets its answer, although all workers are told to leave.
@Suite("Clients of workers that leave together", .serialized, .timeLimit(.minutes(1)))
struct LastClientTests {
    private static let policies: [SchedulingPolicy] = [.roundRobin, .reuseport, .none]

    /// Calls `end` while many clients connect without a pause, and returns when the port refuses all of them.
    private func serve(
        _ port: UInt16, until end: @escaping @Sendable () async throws -> Void
    ) async throws -> (served: Int, lost: [String]) {
        let (answers, continuation) = AsyncStream.makeStream(of: Void.self)
        return try await withThrowingTaskGroup(of: (served: Int, lost: [String]).self) { group in
            for _ in 0..<16 { group.addTask { await Self.connectUntilRefused(port) { continuation.yield() } } }
            group.addTask {
                var iterator = answers.makeAsyncIterator()
                for _ in 0..<300 { _ = await iterator.next() }
                try await end()
                return (0, [])
            }
            return try await group.reduce((0, [])) { ($0.0 + $1.served, $0.1 + $1.lost) }
        }
    }

    private static func connectUntilRefused(
        _ port: UInt16, onAnswer: @Sendable () -> Void
    ) async -> (served: Int, lost: [String]) {
        var (served, lost) = (0, [String]())
        while let client = try? await SocketClient.connecting(to: .tcp(port: port)) {
            do {
                try client.write("GET / HTTP/1.0\r\n\r\n")
                let reply = try await client.readToEnd()
                if reply.contains("worker ") { served += 1 } else { lost.append("answered \(reply)") }
            } catch {
                lost.append("\(error)")
            }
            onAnswer()
        }
        return (served, lost)
    }

    @Test("a stop under load loses no client that has connected", arguments: policies)
    func stop(policy: SchedulingPolicy) async throws {
        try await withPrimary("http-server.js", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (_, port) = try await cluster.forkListening()
            for _ in 0..<2 { _ = try await cluster.forkListening() }
            let load = try await serve(port) { _ = await cluster.primary.stop(within: .seconds(10)) }
            #expect(load.served >= 200 && load.lost.isEmpty, "\(load)")
        }
    }

    @Test("nor does telling all workers to disconnect", arguments: policies)
    func disconnectAll(policy: SchedulingPolicy) async throws {
        try await withPrimary("http-server.js", settings: { $0.schedulingPolicy = policy }) { cluster in
            let (_, port) = try await cluster.forkListening()
            for _ in 0..<2 { _ = try await cluster.forkListening() }
            let load = try await serve(port) { _ = try await cluster.primary.disconnectAll() }
            #expect(load.served >= 200 && load.lost.isEmpty, "\(load)")
        }
    }

    @Test("nor does a scale to no workers", arguments: [SchedulingPolicy.roundRobin, .reuseport])
    func scale(policy: SchedulingPolicy) async throws {
        try await withSupervisor("http-server.js", workers: 3, settings: { $0.schedulingPolicy = policy }) { cluster in
            let port = try await cluster.port(of: try await cluster.ready(3)[0])
            let load = try await serve(port) { _ = try await cluster.supervisor.scale(to: 0) }
            #expect(load.served >= 200 && load.lost.isEmpty, "\(load)")
        }
    }

    @Test("a client whose head is unfinished at a stop is served by its address's worker")
    func unfinishedHeads() async throws {
        try await withPrimary(
            "http-server.js",
            configuration: {
                $0.steering.stickiness = .header
                $0.steering.stickyWait = .seconds(60)
            }
        ) { cluster in
            let (_, port) = try await cluster.forkListening()
            _ = try await cluster.forkListening()
            let clients = try (0..<20).map { _ in try SocketClient(.tcp(port: port)) }
            for client in clients { try client.write("GET / HTTP/1.0\r\n") }
            while await cluster.primary.status.handles.first?.pendingConnections != 20 { await Task.yield() }
            async let stopped = cluster.primary.stop(within: .seconds(10))
            while await !cluster.primary.status.handles.isEmpty { await Task.yield() }
            for client in clients {
                try client.write("\r\n")
                #expect(try await client.readToEnd().contains("worker "))
            }
            #expect(await stopped.isEmpty)
        }
    }
}
