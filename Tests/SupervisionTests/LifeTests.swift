// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Supervision

@Suite(.timeLimit(.minutes(5))) struct LifeTests {
    /// Each batch runs seeds of its own. To see one again, run `Life(seed:)` with the seed that is reported.
    @Test(arguments: 0..<UInt64(8))
    func `no order of events breaks an invariant`(_ batch: UInt64) {
        for seed in batch * 1000..<batch * 1000 + 200 {
            var life = Life(seed: seed)
            if let failure = life.run(steps: 250) {
                Issue.record("seed \(seed): \(failure)")
                return
            }
        }
    }

    /// If each report looked at all others more than once, this would take minutes.
    @Test func `a thousand instances start, are reloaded and leave`() throws {
        let cluster = SupervisorHarness(workers: 1000)
        #expect(cluster.comeUp().count == 1000 && cluster.status.phase == .stable)
        try cluster.reload { $0.maxSurge = .percent(25) }
        for _ in 0..<4 {
            #expect(cluster.comeUp().count == 250)
            cluster.advance(by: .seconds(1))
            cluster.endLeaving()
        }
        #expect(cluster.settled.map(\.verdict) == [.succeeded] && cluster.staying.count == 1000)
        for worker in cluster.staying { cluster.exit(worker) }
        #expect(cluster.status.phase == .failing && cluster.tickets.isEmpty)
        cluster.advance(by: .milliseconds(125))
        #expect(cluster.comeUp().count == 1000)
        try cluster.scale(0)
        cluster.endLeaving()
        #expect(cluster.settled.map(\.verdict) == [.succeeded, .succeeded] && cluster.violations.isEmpty)
    }
}
