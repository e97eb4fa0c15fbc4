// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Cluster

@Suite struct OpenConnectionsTests {
    @Test func `the counter tells once when the last connection is closed, by its lease or with it`() {
        let open = OpenConnections()
        let told = Mutex(0)
        let first = open.lease()
        do {
            let second = open.lease()
            open.whenEmpty { told.withLock { $0 += 1 } }
            first.end()
            first.end()
            #expect(open.count == 1 && told.withLock { $0 } == 0)
            withExtendedLifetime(second) {}
        }
        #expect(open.count == 0 && told.withLock { $0 } == 1)
        open.lease().end()
        #expect(told.withLock { $0 } == 1)
    }

    @Test func `the counter tells at once if there are few enough`() {
        let open = OpenConnections()
        let told = Mutex<[Int]>([])
        let leases = (0..<3).map { _ in open.lease() }
        for limit in [4, 3, 2] { open.whenBelow(limit) { told.withLock { $0.append(limit) } } }
        #expect(told.withLock { $0 } == [4])
        leases[0].end()
        #expect(told.withLock { $0 } == [4, 3])
        leases[1].end()
        #expect(told.withLock { $0 } == [4, 3, 2])
    }
}
