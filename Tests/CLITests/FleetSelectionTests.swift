// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

/// Hosts and groups from the registry of a fleet.
@Suite(.timeLimit(.minutes(1)))
struct FleetSelectionTests {
    private static func agent(_ name: String, _ group: String, _ endpoint: String) -> String {
        """
        {"name":"\(name)","agentId":"a","state":"live","groups":["\(group)"],"endpoints":["\(endpoint)"],"hostname":"h",
        "version":"1","startedAt":"2026-11-22T15:51:44.433Z","lastSeenAt":"2026-11-22T15:51:44.433Z","waiting":0}
        """
    }

    /// Runs `cluster-cli --fleet` with two agents of the registry; the second one's address is an https one.
    private func run(
        _ arguments: [String], token: String? = nil,
        _ check: @escaping @Sendable (CLIProgram.Outcome, FakeAgent, FakeAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            var more: [String] = []
            if let token {
                let file = home.appending(path: "token")
                try Data(token.utf8).write(to: file)
                more = ["--token-file", file.path]
            }
            let options = more
            try await FakeAgent.run(answer: Sample.agent) { one in
                let registry = [Self.agent("one", "web", one.url), Self.agent("two", "db", "https://127.0.0.1:1")]
                let reply = #"{"agents":[\#(registry.joined(separator: ","))]}"#
                try await FakeAgent.run(
                    socket: home.appending(path: "gw.sock").path,
                    answer: { call in
                        call.path == "/v1/fleet/agents" ? .json(reply) : .error(404, "NOT_FOUND", "R", "no")
                    }
                ) { gateway in
                    let outcome = try await CLIProgram.run(["--fleet", gateway.url] + options + arguments, home: home)
                    try await check(outcome, gateway, one)
                }
            }
        }
    }

    @Test func `a group of the registry is called directly`() async throws {
        try await run(["-g", "web", "workers"]) { outcome, gateway, one in
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(gateway.calls.map(\.line) == ["GET /v1/fleet/agents"])
            #expect(one.calls.map(\.line) == ["GET /v1/workers"])
        }
    }

    @Test func `no token goes to an address of the registry without TLS`() async throws {
        try await run(["-H", "one", "workers"], token: "secret") { outcome, _, one in
            #expect(outcome.status == 77 && outcome.errors.contains("no token is sent to \(one.url)"))
            #expect(one.calls.isEmpty)
        }
    }

    @Test func `no token goes to an address of the registry that no authority of the user vouches for`() async throws {
        try await run(["-H", "two", "workers"], token: "secret") { outcome, _, _ in
            #expect(outcome.status == 77 && outcome.errors.contains("--cacert"))
        }
    }

    @Test func `a name or a group that the registry lacks is a mistake`() async throws {
        for (arguments, text) in [
            (["-H", "on", "workers"], "Did you mean 'one'?"),
            (["-g", "wbe", "workers"], "no agent of the fleet is in"),
            (["workers"], "name agents of the fleet"),
        ] {
            try await run(arguments) { outcome, _, one in
                #expect(outcome.status == 64 && outcome.errors.contains(text), "\(outcome.errors)")
                #expect(one.calls.isEmpty)
            }
        }
    }

    @Test func `fleet agents asks the gateway and shows a line for each`() async throws {
        try await run(["fleet", "agents"]) { outcome, gateway, one in
            let lines = outcome.output.split(separator: "\n")
            #expect(outcome.status == 0 && lines.count == 3 && lines[1].hasPrefix("one"), "\(outcome)")
            #expect(gateway.calls.count == 1 && one.calls.isEmpty)
        }
    }

    @Test(arguments: [["hosts"], ["hosts", "list"], ["hosts", "add", "a", "http://a"], ["hosts", "remove", "a"]])
    func `commands of the inventory do not take the registry`(arguments: [String]) async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(["--fleet", "gw"] + arguments, home: home)
            #expect(outcome.status == 64 && outcome.errors.contains("fleet agents"), "\(outcome)")
            #expect(outcome.output.isEmpty)
        }
    }

    @Test func `a gateway that is not there is told`() async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await CLIProgram.run(
                ["--fleet", "unix:\(home.path)/none", "-g", "web", "workers"], home: home)
            #expect(outcome.status == 69 && !outcome.errors.isEmpty)
        }
    }
}
