// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Shared
import Testing

@testable import Agent

/// Who may ask about the fleet. What is answered is tested with a real database.
@Suite(.timeLimit(.minutes(1)))
struct FleetRoutesTests {
    @Test(arguments: Endpoint.allCases.filter { $0.scope == .fleet })
    func `a token without the scope reaches its own agent alone`(endpoint: Endpoint) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.call(endpoint, id: "web-1", as: .operate)
            #expect(reply.status == 403 && reply.reason == .scopeInsufficient)
        }
    }

    @Test func `the scope does not replace the role`() {
        let reader = Principal.token("dashboard", role: .read, scopes: [.fleet])
        #expect(throws: Never.self) { try reader.require(.fleet) }
        let error = #expect(throws: ClusterError.self) { try reader.require(CommandKind.forgetFleetAgent.role) }
        #expect(error?.reason == .roleInsufficient)
    }

    @Test func `an admin has the scope on this machine and needs it in a token`() {
        #expect(Principal.user(0, role: .admin).scopes == [.fleet])
        #expect(Principal.user(7, role: .operate).scopes.isEmpty)
        #expect(Principal.token("admin", role: .admin).scopes.isEmpty)
    }

    @Test(arguments: [
        "/v1/fleet/events?agent=a,,b", "/v1/fleet/events?group=%2f", "/v1/fleet/events?pageToken=AAAA",
        "/v1/fleet/events:watch?after=7", "/v1/fleet/workers?state=happy",
    ])
    func `what is no parameter is refused`(path: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.get(path)
            #expect(reply.status == 400 && reply.reason != .fleetOff, "\(reply.body)")
        }
    }
}
