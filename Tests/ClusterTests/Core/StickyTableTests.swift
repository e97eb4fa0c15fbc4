// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Cluster

/// Which instance has which clients.
struct StickyTableTests {
    @Test(arguments: [2, 4, 24]) func `instances have about equal shares`(count: Int) {
        let shares = Dictionary(grouping: StickyTable(Set(0..<count)).owners) { $0 }.mapValues(\.count)
        let mean = Double(StickyTable.buckets) / Double(count)
        // Four standard deviations of a random choice.
        let tolerance = 4 * (mean * (1 - 1 / Double(count))).squareRoot()
        #expect(shares.count == count && shares.values.allSatisfy { abs(Double($0) - mean) < tolerance }, "\(shares)")
    }

    @Test func `only the clients of an instance that goes move, and they come back`() {
        let all = StickyTable(Set(0..<5))
        var table = all
        table.update([0, 1, 3, 4])
        for (old, new) in zip(all.owners, table.owners) { #expect(old == 2 ? new != 2 : new == old) }
        table.update(Set(0..<5))
        #expect(table == all)
    }

    @Test func `the order in which instances come does not matter`() {
        var table = StickyTable([])
        for instance in [3, 0, 7, 2] {
            table.update(Set(table.owners).union([instance]))
        }
        #expect(table == StickyTable([0, 2, 3, 7]))
        #expect(StickyTable([]).owner(of: 5) == nil)
    }
}
