// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
@testable import Supervision
import TestSupport
import Testing

@Suite("Heartbeats", .serialized, .timeLimit(.minutes(1)))
struct HeartbeatTests {
    @Test("the worker's event loop answers heartbeats, and its program notices nothing")
    func unseen() async throws {
        try await withSupervisor("heartbeat.js", policy: { $0.heartbeatMs = 5 }) { cluster in
            let worker = try await cluster.ready(1)[0]
            let port = try await cluster.port(of: worker)
            // Several have been answered once several were measured.
            var delays: Set<Duration> = []
            while delays.count < 5 {
                if let delay = await cluster.supervisor.view(of: worker)?.loopDelay { delays.insert(delay) }
                await Task.yield()
            }
            #expect(await cluster.supervisor.view(of: worker)?.isResponsive == true)
            #expect(try await TCPClient.get(port: port) == "connections 1, messages 0")
            let statistics = await cluster.primary.statistics
            #expect(statistics.connections.declined == 0 && statistics.connections.handedOver == 1)
        }
    }

    @Test("a worker that never comes back to its event loop is reported")
    func spinning() async throws {
        let policy = { (policy: inout SupervisionPolicy) in
            policy.heartbeatMs = 10
            policy.unresponsiveMs = 100
        }
        try await withSupervisor("spin.js", policy: policy) { cluster in
            let worker = try await cluster.ready(1)[0]
            try await cluster.cluster.send("0", to: worker)
            let event = try await cluster.log.first { if case .unresponsive = $0.kind { true } else { false } }
            #expect(event.workerId == worker && event.instance == 0)
            #expect(await cluster.supervisor.view(of: worker)?.isResponsive == false)
        }
    }

    @Test("a worker that hangs is replaced if the policy says so")
    func replaced() async throws {
        let policy = { (policy: inout SupervisionPolicy) in
            policy.heartbeatMs = 10
            policy.unresponsiveMs = 100
            policy.unresponsive = .restart
            policy.killTimeoutMs = 50
            policy.backoffMs = 1
        }
        try await withSupervisor("spin.js", policy: policy) { cluster in
            let worker = try await cluster.ready(1)[0]
            try await cluster.cluster.send("0", to: worker)
            _ = try await cluster.ready(2)
            #expect(await cluster.supervisor.status.lastFailure?.reason == .unresponsive)
            #expect(try await cluster.cluster.exit(of: worker).report.requestId == nil)
        }
    }

    @Test("an answer that lies in the socket while this program cannot run counts")
    func heldPrimary() async throws {
        let policy = { (policy: inout SupervisionPolicy) in
            policy.heartbeatMs = 10
            policy.unresponsiveMs = 600
        }
        try await withSupervisor("heartbeat.js", policy: policy) { cluster in
            let worker = try await cluster.ready(1)[0]
            for _ in 0..<3 {
                while await !cluster.supervisor.hold(for: .milliseconds(900)) { await Task.yield() }
            }
            while await cluster.supervisor.view(of: worker)?.loopDelay == nil { await Task.yield() }
            // Whatever the supervisor has told comes before this.
            _ = try await cluster.primary.kill(worker, signal: .kill)
            try await cluster.log.first { $0.kind.restart != nil }
            let unresponsive = await cluster.log.events.filter {
                if case .unresponsive = $0.kind { true } else { false }
            }
            #expect(unresponsive.isEmpty)
        }
    }

    @Test("a worker that a signal has stopped is not unresponsive")
    func stopped() async throws {
        let policy = { (policy: inout SupervisionPolicy) in
            policy.heartbeatMs = 10
            policy.unresponsiveMs = 100
        }
        try await withSupervisor("spin.js", workers: 2, policy: policy) { cluster in
            let workers = try await cluster.ready(2)
            let pid = try #require(await cluster.primary.worker(workers[0])?.pid)
            _ = kill(pid, SIGSTOP)
            // The other one falls silent later, and is found out.
            try await cluster.cluster.send("0", to: workers[1])
            try await cluster.log.first { if case .unresponsive = $0.kind { true } else { false } }
            let events = await cluster.log.events
            let unresponsive = events.filter { if case .unresponsive = $0.kind { true } else { false } }
            #expect(unresponsive.map(\.workerId) == [workers[1]])
            #expect(await cluster.supervisor.view(of: workers[0])?.isResponsive == nil)
        }
    }
}

extension Supervisor {
    /// Keeps the primary's thread from everything else, if a heartbeat has no answer yet.
    fileprivate func hold(for duration: Duration) -> Bool {
        guard !awaited.isEmpty else { return false }
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {}
        return true
    }
}
