// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct ConnectionBudgetTests {
    private let cluster = MachineHarness()

    init() {
        cluster.machine.connectionBudget = ConnectionBudget(limit: 64)
    }

    private func isPaused(_ key: HandleKey) -> Bool? {
        cluster.machine.handles.id(of: key).flatMap { cluster.machine.handles[$0]?.isPaused }
    }

    @Test func `a worker that answers nothing gets no more than its share, and the others are served`() throws {
        let (silent, honest) = (try cluster.forkOnline(), try cluster.forkOnline())
        let traps = (1...3).map { HandleKey.port($0) }
        for trap in traps { cluster.query(silent, trap) }
        cluster.query(honest, .port(80))
        for _ in 0..<200 {
            for trap in traps where isPaused(trap) == false { cluster.accept(trap) }
        }
        #expect(cluster.machine.connectionBudget.isScarce)
        // One more may come to each before it is told to pause.
        #expect(cluster.machine.connectionBudget.kept <= 64 + traps.count)
        for trap in traps { #expect(isPaused(trap) == true) }
        for _ in 0..<10 {
            #expect(isPaused(.port(80)) == false)
            let connection = cluster.accept(.port(80))
            #expect(cluster.answer(honest, accepted: true) == connection)
        }
        #expect(cluster.violations.isEmpty)
    }

    @Test func `when its workers answer again, a socket is accepted from again`() throws {
        let worker = try cluster.forkOnline()
        cluster.query(worker)
        while isPaused(.port(8000)) == false { cluster.accept() }
        #expect(cluster.machine.connectionBudget.isScarce)
        while cluster.machine.connectionBudget.isScarce {
            #expect(try #require(cluster.answer(worker, accepted: true)).rawValue > 0)
        }
        #expect(isPaused(.port(8000)) == false)
        #expect(cluster.violations.isEmpty)
    }
}
