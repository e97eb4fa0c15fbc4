// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Shared

struct AgentNameTests {
    @Test func `local means an agent without a name`() {
        #expect(!AgentName.isValid("local") && AgentName.isValid("local-1") && !AgentName.isValid("a/b"))
    }

    @Test func `a name leaves room for the socket beside it`() {
        #expect(AgentName.longest(in: "/var/lib/cluster-agent") == 73)
        #expect(AgentName.longest(in: "/" + String(repeating: "x", count: 200)) == 0)
    }
}
