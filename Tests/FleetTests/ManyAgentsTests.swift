// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@testable import Fleet

/// Many agents at once. `Benchmarks/central.py` asks how fast they are.
@Suite(.timeLimit(.minutes(2)))
struct ManyAgentsTests {
    @Test func `many agents lose and double nothing`() async throws {
        let (agents, rounds, each) = (20, 10, 20)
        try await PostgresServer.with { server in
            let fixtures = try (0..<agents).map { try LinkFixture(server.url(), "agent-\($0)") }
            defer { for fixture in fixtures { fixture.link.abandon() } }
            for fixture in fixtures { await fixture.connected() }
            for _ in 0..<rounds {
                for fixture in fixtures {
                    await fixture.history.append(each)
                    fixture.link.wake()
                }
            }
            for fixture in fixtures { await fixture.history.forwarded(through: Int64(rounds * each)) }
            for fixture in fixtures { await fixture.finish() }
            let counts = try await server.sql("SELECT count(*), count(DISTINCT (agent, seq)) FROM fleet.events")
            #expect(counts == "\(agents * rounds * each)|\(agents * rounds * each)")
        }
    }
}
