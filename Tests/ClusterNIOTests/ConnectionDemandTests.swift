// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ClusterNIO

@Suite(.timeLimit(.minutes(1))) struct ConnectionDemandTests {
    private let demand = ConnectionDemand()

    @Test func `a wish is heard once, however often it was said before`() async {
        demand.signal()
        demand.signal()
        #expect(await demand.wait())
        let demand = demand
        let next = Task { await demand.wait() }
        demand.signal()
        #expect(await next.value)
    }

    @Test func `the end releases everyone who waits, and stays`() async {
        let demand = demand
        let waiting = Task { await demand.wait() }
        demand.end()
        #expect(await !waiting.value)
        demand.signal()
        #expect(await !demand.wait())
    }
}
