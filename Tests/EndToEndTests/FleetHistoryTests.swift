// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import Synchronization
import TestSupport
import Testing

/// Real agents that share a real PostgreSQL.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct FleetHistoryTests {
    /// Two agents with a worker each, and a gateway.
    private func withFleet(
        _ body: (_ server: PostgresServer, _ one: RunningAgent, _ two: RunningAgent, _ gateway: RunningAgent)
            async throws -> Void
    ) async throws {
        func environment(_ name: String, _ server: PostgresServer) -> [String: String] {
            [
                "CLUSTER_AGENT_FLEET_URL": server.url(), "CLUSTER_AGENT_FLEET_NAME": name,
                "CLUSTER_AGENT_FLEET_GROUPS": "test",
            ]
        }
        let app = workerScript("obedient.js")
        try await PostgresServer.with { server in
            try await withAgent("--workers", "1", app, environment: environment("one", server)) { one in
                try await withAgent("--workers", "1", app, environment: environment("two", server)) { two in
                    try await withAgent(environment: environment("gateway", server)) { gateway in
                        try await body(server, one, two, gateway)
                        for agent in [gateway, two, one] { await agent.stopInGoodOrder() }
                    }
                }
            }
        }
    }

    /// Waits for the first event of the fleet that is wanted.
    private func event(
        at agent: RunningAgent, _ query: String, _ isWanted: @escaping @Sendable (FleetEvent) -> Bool = { _ in true }
    ) async throws -> FleetEvent {
        let watch = try RunningProgram(
            "curl",
            [
                "-sSN", "-H", "Accept: application/x-ndjson", "--unix-socket", agent.socket,
                "http://localhost/v1/fleet/events:watch?after=earliest&\(query)",
            ])
        do {
            let line = try await watch.output.first { line in
                (try? JSONDecoder().decode(FleetEvent.self, from: Data(line.utf8))).map(isWanted) ?? false
            }
            await watch.stop()
            return try JSONDecoder().decode(FleetEvent.self, from: Data(line.utf8))
        } catch {
            await watch.stop()
            throw error
        }
    }

    @Test func `any agent answers for all`() async throws {
        try await withFleet { _, one, two, gateway in
            for agent in [one, two] { try await agent.event(.listening, of: 1) }
            try await two.post("/v1/workers/1:kill", #"{"signal":"SIGKILL"}"#)
            for agent in [one, gateway] {
                let exit = try await event(at: agent, "type=exit&agent=two")
                #expect(exit.agent == "two" && exit.event.data["signal"] == "SIGKILL")
            }
            _ = try await event(at: gateway, "type=agentStart&agent=gateway")
            let agents: FleetAgentsReply = try await gateway.get("/v1/fleet/agents")
            #expect(agents.agents.map(\.name) == ["gateway", "one", "two"])
            #expect(agents.agents.allSatisfy { $0.state == .live && $0.groups == ["test"] })

            let page: FleetEventsReply = try await one.get("/v1/fleet/events?agent=two&pageSize=1000")
            let own = try await two.history()
            #expect(page.events.map(\.event) == Array(own.prefix(page.events.count)) && page.events.count > 3)

            let shown = try await gateway.cli("fleet", "events", "--type", "exit")
            #expect(shown.status == 0 && shown.output.contains("two") && shown.output.contains("SIGKILL"))
            let follower = try gateway.startCLI(["-o", "jsonl", "fleet", "events", "-f", "--agent", "two"])
            // It begins with what is stored after its start, so there is always one more.
            let isFollowed = Mutex(false)
            let commanding = Task {
                while !isFollowed.withLock({ $0 }) { try await two.post("/v1/cluster:setupPrimary") }
            }
            let followed = try await follower.output.first { $0.contains(#""command""#) }
            isFollowed.withLock { $0 = true }
            try await commanding.value
            await follower.stop()
            #expect(followed.contains(#""agent":"two""#) && followed.contains(#""cursor":"#))
            #expect(try await one.cli("status").output.contains("FLEET"))
            let listed = try await gateway.cli("fleet")
            #expect(listed.status == 0 && listed.output.split(separator: "\n").count == 4)
            let status: FleetReply = try await one.get("/v1/fleet")
            #expect(status.connected && status.name == "one" && status.trouble == nil)
            let caller: CallerReply = try await one.get("/v1/caller")
            #expect(caller.fleet && caller.scopes == [.fleet])
        }
    }

    @Test func `the last events of an agent are forwarded before it ends`() async throws {
        try await withFleet { server, one, _, gateway in
            try await one.event(.listening, of: 1)
            await one.stopInGoodOrder()
            let sql = "SELECT type FROM fleet.readable_events WHERE agent = 'one' ORDER BY seq DESC LIMIT 1"
            #expect(try await server.sql(sql) == "agentStop")
            let agents: FleetAgentsReply = try await gateway.get("/v1/fleet/agents")
            #expect(agents.agents.first { $0.name == "one" }?.state == .stopped)
            #expect(try await gateway.cli("fleet", "forget", "one").status == 0)
            let refused = try await gateway.cli("fleet", "forget", "two")
            #expect(refused.status == 1 && refused.errors.contains("lives"))
        }
    }

    @Test func `an agent ends in good order while its database hangs`() async throws {
        try await PostgresServer.with { server in
            let environment = ["CLUSTER_AGENT_FLEET_URL": server.url(), "CLUSTER_AGENT_FLEET_NAME": "one"]
            try await withAgent("--workers", "1", workerScript("obedient.js"), environment: environment) { agent in
                _ = try await event(at: agent, "type=listening")
                let url = "http://localhost/v1/fleet/events:watch?after=latest"
                let arguments = ["-sSN", "-H", "Accept: application/x-ndjson", "--unix-socket", agent.socket, url]
                let watch = try RunningProgram("curl", arguments)
                _ = try await watch.output.first { $0.contains("cursor") }
                try server.stopAll(SIGSTOP)
                try await agent.post("/v1/workers:fork")
                let asked = Task { try? await agent.call("GET", "/v1/fleet/events") }
                await agent.stopInGoodOrder()
                _ = await asked.value
                await watch.stop()
                try server.stopAll(SIGCONT)
            }
        }
    }

    @Test func `an agent starts works and stops without its database`() async throws {
        try await PostgresServer.with { server in
            try await server.stop(SIGKILL)
            let environment = ["CLUSTER_AGENT_FLEET_URL": server.url(), "CLUSTER_AGENT_FLEET_NAME": "one"]
            try await withTemporaryDirectory { directory in
                try await runAgent(
                    ["--workers", "1", workerScript("obedient.js")], in: directory, environment: environment
                ) {
                    agent in
                    try await agent.event(.listening, of: 1)
                    #expect(try await agent.call("GET", "/readyz").status == 200)
                    let reply = try await agent.call("GET", "/v1/fleet/events")
                    #expect(reply.status == 503 && reply.reason == .fleetUnavailable)
                    await agent.stopInGoodOrder()
                }
                try await server.start()
                try await runAgent(in: directory, environment: environment) { agent in
                    // What happened meanwhile is there.
                    _ = try await event(at: agent, "type=agentStop")
                    await agent.stopInGoodOrder()
                }
                let sql = "SELECT count(*) = max(seq), count(*) FILTER (WHERE type = 'agentStart') FROM fleet.events"
                #expect(try await server.sql(sql) == "t|2")
            }
        }
    }
}
