// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import Cluster

@Suite struct AllowanceTests {
    @Test func `a burst is allowed at once, and then a limited number per second`() {
        var allowance = Allowance(burst: 3, perSecond: 2)
        func takes(at milliseconds: Int64) -> Int {
            (0..<10).count { _ in allowance.take(at: Timestamp(milliseconds: milliseconds)) }
        }
        #expect(takes(at: 0) == 3)
        #expect(takes(at: 400) == 0)
        #expect(takes(at: 500) == 1)
        #expect(takes(at: 100_000) == 3)
        // The clock was set back.
        #expect(takes(at: 50_000) == 0)
        #expect(takes(at: 51_000) == 2)
    }
}
