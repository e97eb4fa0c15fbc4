// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Agent

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("grace", "GRACE", 0), ("ab", "ba", 2),
    ])
    func countsChanges(left: String, right: String, distance: Int) {
        #expect(NearestName.distance(left, right) == distance)
    }

    @Test func findsTheNearest() {
        #expect(NearestName.find("wokers", in: ["listen", "workers", "watchers"]) == "workers")
        #expect(NearestName.find("x", in: []) == nil)
    }
}
