// SPDX-License-Identifier: Apache-2.0

import Contract
import Testing
import X509

@testable import Agent

@Suite struct ClientRolesTests {
    private static func subject() throws -> DistinguishedName {
        try DistinguishedName {
            OrganizationName("Example")
            CommonName("ops")
        }
    }

    @Test func `a subject is known as a whole or by its common name`() throws {
        for name in ["CN=ops,O=Example", "ops"] {
            let principal = ClientRoles([name: .operate]).principal(of: try Self.subject())
            #expect(principal == Principal(description: "cert:CN=ops,O=Example", role: .operate))
        }
    }

    @Test func `the whole subject counts more than the common name`() throws {
        let roles = ClientRoles(["ops": .read, "CN=ops,O=Example": .admin])
        #expect(roles.principal(of: try Self.subject())?.role == .admin)
    }

    @Test(arguments: ["CN=ops", "O=Example", "OPS", "CN=ops,O=Example,C=AQ", "Example"])
    func `nothing else is a subject`(name: String) throws {
        #expect(ClientRoles([name: .admin]).principal(of: try Self.subject()) == nil)
    }
}
