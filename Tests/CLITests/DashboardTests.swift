// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

@testable import CLI

/// `cluster-cli dashboard`
@Suite(.timeLimit(.minutes(1)))
struct DashboardTests {
    private static func agent(_ urls: String) -> @Sendable (FakeAgent.Call) async throws -> Response {
        { _ in
            .json(Sample.version().replacing(#""agentId": "x""#, with: #""agentId": "x", "urls": \#(urls)"#))
        }
    }

    private func run(
        _ arguments: [String], urls: String = #"["http://127.0.0.1:7420"]"#, token: String? = "s3cr/t",
        _ check: @escaping @Sendable (CLIProgram.Outcome) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            if let token { try Data((token + "\n").utf8).write(to: home.appending(path: "token")) }
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: Self.agent(urls)) { _ in
                try await check(CLIProgram.run(arguments, home: home))
            }
        }
    }

    @Test func `the local agent's link has the admin's token behind the hash`() async throws {
        try await run(["dashboard"]) { outcome in
            #expect(outcome.output == "http://127.0.0.1:7420/#token=s3cr%2Ft\n")
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
        }
    }

    @Test func `the link is in JSON too`() async throws {
        try await run(["dashboard", "-o", "json"]) { outcome in
            #expect(outcome.output == #"{"link":"http://127.0.0.1:7420/#token=s3cr%2Ft"}"# + "\n")
        }
    }

    @Test func `without a token the link is printed, and what to do is said beside it`() async throws {
        try await run(["dashboard"], token: nil) { outcome in
            #expect(outcome.output == "http://127.0.0.1:7420/\n" && outcome.status == 0)
            #expect(outcome.errors.contains("no token is at hand"))
        }
    }

    @Test func `an agent with only a socket has no link`() async throws {
        try await run(["dashboard"], urls: "[]") { outcome in
            #expect(outcome.output.isEmpty && outcome.status == 1)
            #expect(outcome.errors.contains("--listen 127.0.0.1:7420"))
        }
    }

    @Test func `a token file that cannot be read is said to be so`() async throws {
        try await run(["--token-file", "/nowhere/token", "dashboard"]) { outcome in
            #expect(outcome.output.isEmpty && outcome.status == 77)
            #expect(outcome.errors.contains("/nowhere/token"))
        }
    }

    @Test(arguments: [
        ("http://0.0.0.0:7420", "http://localhost:7420"), ("https://[::]:7420", "https://localhost:7420"),
        ("http://10.0.0.7:7420", "http://10.0.0.7:7420"), ("http://[::1]:80", "http://[::1]:80"),
    ])
    func `all addresses are this machine`(served: String, shown: String) {
        #expect(DashboardLink.reachable(served) == shown)
    }

    @Test func `another host's link has the token that cluster-cli uses for it`() async throws {
        try await withTemporaryDirectory { home in
            let token = home.appending(path: "reader").path
            try Data("abc\n".utf8).write(to: URL(filePath: token))
            try await FakeAgent.run(answer: Self.agent("[]")) { agent in
                let outcome = try await CLIProgram.run(
                    ["-H", agent.url, "--token-file", token, "dashboard"], home: home)
                #expect(outcome.output == "\(agent.url)/#token=abc\n" && outcome.status == 0)
            }
        }
    }
}
