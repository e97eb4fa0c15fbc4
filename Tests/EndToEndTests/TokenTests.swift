// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// `cluster-agent token` beside an agent that runs.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct TokenTests {
    private static func token(_ agent: RunningAgent, _ arguments: String...) async throws -> RunningProgram.Outcome {
        try await RunningProgram.run(
            RunningProgram.built("cluster-agent"),
            ["token"] + arguments + ["--data-dir", agent.dataDirectory.path])
    }

    private static func status(_ method: String, _ path: String, _ token: String, _ agent: RunningAgent) async throws
        -> Int
    {
        let outcome = try await RunningProgram.run(
            "curl",
            [
                "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, "-H", "Authorization: Bearer \(token)",
                "http://127.0.0.1:\(agent.port)\(path)",
            ])
        return try #require(Int(outcome.output))
    }

    @Test(arguments: [["list"], ["revoke", "ci"]])
    func `a missing data directory is an error, and is not made`(arguments: [String]) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "nowhere").path
            let outcome = try await RunningProgram.run(
                RunningProgram.built("cluster-agent"), ["token"] + arguments + ["--data-dir", path])
            #expect(outcome.status == 64 && outcome.errors.contains("there is no data directory \(path)"))
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func `a token works from its making until it is revoked`() async throws {
        try await withAgent { agent in
            let made = try await Self.token(agent, "create", "--role", "operate", "--name", "ci", "--expires", "30d")
            #expect(made.status == 0, "\(made.errors)")
            let token = made.output.trimmingCharacters(in: .newlines)
            #expect(try await Self.status("GET", "/v1/workers", token, agent) == 200)
            #expect(try await Self.status("POST", "/v1/cluster:disconnect", token, agent) == 200)
            #expect(try await Self.status("POST", "/v1/cluster:setupPrimary", token, agent) == 403)
            let command = try #require(try await agent.history("type=command").first)
            #expect(command.data["principal"] == "token:ci")

            let list = try await Self.token(agent, "list")
            #expect(list.output.contains("ci") && list.output.contains("operate") && !list.output.contains(token))
            let again = try await Self.token(agent, "create", "--role", "read", "--name", "ci")
            #expect(again.status == 64)

            #expect(try await Self.token(agent, "revoke", "ci").status == 0)
            #expect(try await Self.status("GET", "/v1/workers", token, agent) == 401)
            #expect(try await Self.token(agent, "revoke", "ci").status == 64)
        }
    }

    @Test func `a watch ends soon after its token was revoked, and others go on`() async throws {
        try await withAgent { agent in
            var watches: [RunningProgram] = []
            for name in ["ci", "other"] {
                let made = try await Self.token(agent, "create", "--role", "read", "--name", name)
                let token = made.output.trimmingCharacters(in: .newlines)
                let url = "http://127.0.0.1:\(agent.port)/v1/events:watch"
                let watch = try RunningProgram("curl", ["-sSN", "-H", "Authorization: Bearer \(token)", url])
                try await watch.output.first { _ in true }
                watches.append(watch)
            }
            #expect(try await Self.token(agent, "revoke", "ci").status == 0)
            #expect(await watches[0].status() == 0)
            // Something happens, and the other watch tells of it.
            #expect(try await agent.post("/v1/cluster:setupPrimary").status == 200)
            try await watches[1].output.first { $0.contains("setup") }
            await watches[1].stop()
        }
    }

    /// Idle connections of one token, as many as there are places, from more addresses than the limit of one is for.
    @Test func `a token's idle connections do not keep others out`() async throws {
        try await withAgent(environment: ["CLUSTER_LIMITS_CONNECTIONS": "16"]) { agent in
            let made = try await Self.token(agent, "create", "--role", "read", "--name", "many")
            let token = made.output.trimmingCharacters(in: .newlines)
            let request =
                "GET /v1/version HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n\r\n"
            var held: [HeldConnections] = []
            defer { for connections in held { connections.close() } }
            for _ in 0..<40 {
                let connection = try HeldConnections(1, to: agent.port, request: request)
                connection.awaitAnswer()
                held.append(connection)
            }
            for _ in 0..<40 {
                #expect(try await agent.call("GET", "/healthz", over: .tcp).status == 200)
            }
        }
    }
}
