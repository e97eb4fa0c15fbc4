// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Who may call.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct AccessTests {
    /// A call on TCP with these headers alone.
    private func get(_ path: String, of agent: RunningAgent, _ headers: String...) async throws -> APIReply {
        let text = try await TCPClient.exchange(
            port: agent.port,
            (["GET \(path) HTTP/1.1"] + headers + ["Connection: close", "", ""]).joined(separator: "\r\n"))
        let status = try #require(text.firstMatch(of: #/^HTTP/1\.1 (\d{3}) /#).flatMap { Int($0.1) })
        let end = try #require(text.range(of: "\r\n\r\n"))
        return APIReply(status: status, body: String(text[end.upperBound...]))
    }

    @Test func `TCP without a token is refused`() async throws {
        try await withAgent { agent in
            let reply = try await get("/v1/workers", of: agent, "Host: localhost")
            #expect(reply.status == 401 && reply.reason == .tokenMissing)
        }
    }

    @Test func `TCP with another token is refused`() async throws {
        try await withAgent { agent in
            let reply = try await get(
                "/v1/workers", of: agent, "Host: localhost",
                "Authorization: Bearer \(String(try agent.token.reversed()))x")
            #expect(reply.status == 401 && reply.reason == .tokenInvalid)
        }
    }

    @Test func `health needs no token`() async throws {
        try await withAgent { agent in
            for path in ["/healthz", "/readyz"] {
                let reply = try await get(path, of: agent, "Host: localhost")
                #expect(reply.status == 200)
            }
        }
    }

    @Test func `a foreign Host is refused even with the token`() async throws {
        try await withAgent { agent in
            let reply = try await get(
                "/v1/workers", of: agent, "Host: evil.example", "Authorization: Bearer \(try agent.token)")
            #expect(reply.status == 403 && reply.reason == .hostNotAllowed)
        }
    }

    @Test func `a foreign Origin is refused even with the token`() async throws {
        try await withAgent { agent in
            let reply = try await get(
                "/v1/workers", of: agent, "Host: localhost:\(agent.port)", "Origin: http://evil.example",
                "Authorization: Bearer \(try agent.token)")
            #expect(reply.status == 403 && reply.reason == .originNotAllowed)
        }
    }

    @Test func `token and socket are for their owner alone`() async throws {
        try await withAgent { agent in
            for file in [agent.socket, agent.dataDirectory.appending(path: "token").path] {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
        }
    }

    @Test func `the token stays the same over a restart`() async throws {
        try await withTemporaryDirectory { directory in
            var tokens: [String] = []
            for _ in 0..<2 { try await runAgent(in: directory) { tokens.append(try $0.token) } }
            #expect(tokens[0] == tokens[1] && tokens[0].count >= 32)
        }
    }

    @Test func `--insecure-no-auth asks for no token`() async throws {
        try await withAgent("--insecure-no-auth") { agent in
            let reply = try await get("/v1/workers", of: agent, "Host: localhost")
            #expect(reply.status == 200)
        }
    }
}
