// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@testable import Fleet

/// Many agents at once.
///
/// `CLUSTER_FLEET_LOAD=200,10000,60` makes it 200 agents with 10,000 events a second together for a minute, and prints what that
/// took.
@Suite(.timeLimit(.minutes(10)))
struct LoadTests {
    private struct Load {
        var agents = 20
        var eventsPerSecond = 2000
        var seconds = 1

        init() {
            let words = ProcessInfo.processInfo.environment["CLUSTER_FLEET_LOAD"]?.split(separator: ",") ?? []
            let numbers = words.compactMap { Int($0) }
            guard numbers.count == 3 else { return }
            (agents, eventsPerSecond, seconds) = (numbers[0], numbers[1], numbers[2])
        }
    }

    /// CPU time of a process and its children, in seconds.
    private func cpu(of pids: [Int32]) -> Double {
        pids.reduce(0) { sum, pid in
            guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let end = text.lastIndex(of: ")")
            else { return sum }
            let fields = text[end...].split(separator: " ")
            return sum + fields[12...15].compactMap { Double($0) }.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    @Test func `many agents lose and double nothing`() async throws {
        let load = Load()
        try await PostgresServer.with(settings: ["max_connections=\(load.agents + 20)"]) { server in
            let fixtures = try (0..<load.agents).map { try LinkFixture(server.url(), "agent-\($0)") }
            defer { for fixture in fixtures { fixture.link.abandon() } }
            for fixture in fixtures { await fixture.connected() }
            let start = ContinuousClock.now
            let before = (server: cpu(of: try server.processes()), own: clock())
            var worst: Int64 = 0
            // Each agent gets its share ten times a second.
            for tick in 0..<load.seconds * 10 {
                for (index, fixture) in fixtures.enumerated() {
                    let share = load.eventsPerSecond / 10
                    let count = share * (index + 1) / load.agents - share * index / load.agents
                    await fixture.history.append(count)
                    fixture.link.wake()
                }
                worst = max(worst, fixtures.map { $0.link.status.lag(now: .now) }.max() ?? 0)
                try await Task.sleep(until: start + .milliseconds(100 * (tick + 1)))
            }
            for fixture in fixtures { await fixture.history.forwarded(through: await fixture.history.extent().last) }
            let took = ContinuousClock.now - start
            let after = (server: cpu(of: try server.processes()), own: clock())
            for fixture in fixtures { await fixture.finish() }

            let expected = load.eventsPerSecond / 10 * 10 * load.seconds
            let counts = try await server.sql(
                "SELECT count(*), count(DISTINCT (agent, seq)) FROM fleet.events"
            )
            #expect(counts == "\(expected)|\(expected)")
            if ProcessInfo.processInfo.environment["CLUSTER_FLEET_LOAD"] != nil {
                let size = try await server.sql(
                    "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('fleet.events') WHERE isleaf")
                let own = Double(after.own - before.own) / Double(CLOCKS_PER_SEC)
                print(
                    "\(expected) events of \(load.agents) agents in \(took): largest lag \(worst) ms,",
                    "server \((after.server - before.server) / Double(expected) * 1e6) µs of CPU an event,",
                    "agents \(own / Double(expected) * 1e6) µs an event, \((Double(size) ?? 0) / Double(expected)) bytes an event"
                )
            }
        }
    }
}
