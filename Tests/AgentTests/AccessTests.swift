// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Hummingbird
import Shared
import Testing

@testable import Agent

/// Who may call over TCP.
@Suite(.timeLimit(.minutes(1)))
struct AccessTests {
    @Test func `a call without a token is refused`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.anonymous(.get, "/v1/version")
            #expect(reply.status == 401 && reply.reason == .tokenMissing)
            #expect(reply.headers[.wwwAuthenticate] == "Bearer")
        }
    }

    @Test(arguments: ["Bearer wrong", "Bearer", "Bearer secrets", "Bearer secre", "Basic secret", "secret", ""])
    func `an unknown token is refused`(authorization: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.anonymous(
                .get, "/v1/version", headers: [.authorization: authorization])
            #expect(reply.status == 401 && reply.error?.status == .unauthenticated)
        }
    }

    @Test func `the scheme's name may be in any case`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.anonymous(.get, "/v1/version", headers: [.authorization: "bearer secret"])
            #expect(reply.status == 200)
        }
    }

    @Test func `an open agent asks for no token`() async throws {
        try await AgentFixture.with(history: .broken, isOpen: true) { agent in
            let status = try await agent.anonymous(.get, "/v1/version").status
            #expect(status == 200)
        }
    }

    @Test func `strangers do not learn which paths exist`() async throws {
        try await AgentFixture.with { agent in
            let status = try await agent.anonymous(.get, "/v1/nothing").status
            #expect(status == 401)
            let posted = try await agent.anonymous(.post, "/v1/version").status
            #expect(posted == 401)
        }
    }

    @Test(arguments: ["http://evil.example", "null", "http://localhost:8080", "http://localhost.evil.example"])
    func `a web page is refused`(origin: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.get("/v1/version", headers: [.origin: origin])
            #expect(reply.status == 403 && reply.reason == .originNotAllowed)
        }
    }

    @Test func `the agent's own origin is accepted`() async throws {
        try await AgentFixture.with { agent in
            let status = try await agent.get("/v1/version", headers: [.origin: "http://localhost"]).status
            #expect(status == 200)
        }
    }

    @Test(arguments: [
        "127.0.0.1:7420", "[::1]:7420", "10.0.0.7", "localhost:1", "LOCALHOST", "web-1.example:7420",
        "web-1.example.:7420", "localhost.", "localhost:", "[::1]:", "[fe80::1%25eth0]:7420", "[fe80::1%eth0]",
    ])
    func `the agent accepts its own names`(host: String) {
        let access = AccessPolicy(tokens: nil, listen: [ListenAddress(host: "web-1.example", port: 7420)])
        #expect(access.allows(authority: host))
    }

    @Test(arguments: [
        "", "evil.example", "evil.example:7420", "127.0.0.1.evil.example", "localhost.evil.example", "[", ".",
        "localhost..", "[%eth0]", "[::1]x", "[::1]:x", "[::1]:+80", "[::1", "::1", "[127.0.0.1]", "[localhost]",
        "[:::]",
        "localhost:x", "localhost:+80", "localhost:80:80", "localhost:65536", "user@localhost", "localhost/",
        "localhost:80/", " localhost",
    ])
    func `the agent accepts no other name`(host: String) {
        #expect(!AccessPolicy(tokens: nil, listen: [.standard]).allows(authority: host))
    }

    @Test func `a proxy's name may end with a dot`() {
        let access = AccessPolicy(tokens: nil, listen: [.standard], hostNames: ["agent.ns.svc."])
        #expect(access.allows(authority: "agent.ns.svc") && access.allows(authority: "AGENT.ns.svc.:80"))
    }

    @Test func `only the agent's user and root may connect`() {
        let roles = SocketRoles(agent: 1000)
        #expect(roles.role(of: 1000, in: [0]) == .admin)
        #expect(roles.role(of: 0, in: [0]) == .admin)
        #expect(roles.role(of: 1001, in: [1000, 0]) == nil)
        #expect(SocketRoles(agent: 0).role(of: 1000, in: []) == nil)
    }
}
