// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct ClusterRoutesTests {
    @Test func `the reply has the primary's state`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(2)
            let cluster = try await agent.get("/v1/cluster").decode(ClusterReply.self)
            #expect(cluster.isPrimary && cluster.workers.total == 2 && cluster.workers.none == 2)
        }
    }

    @Test func `settings are merged`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/cluster:setupPrimary", #"{"args":["-p","1"],"silent":true}"#)
            let settings = try reply.decode(ClusterSettings.self)
            #expect(settings.args == ["-p", "1"] && settings.silent && settings.revision == 2)
            #expect(settings.exec == "/srv/app.js")
            let next = try await agent.get("/v1/cluster/settings").decode(ClusterSettings.self)
            #expect(next == settings)
        }
    }

    @Test(arguments: [
        (#"{"exek":"x"}"#, "exek"), (#"{"args":"x"}"#, "args"), (#"{"args":[1]}"#, "args[0]"),
        (#"{"schedulingPolicy":"fair"}"#, "schedulingPolicy"), (#"{"stdio":["pip"]}"#, "stdio[0]"),
        (#"{"revision":3}"#, "revision"), (#"{"listen":["tcp://0.0.0.0:80","8000"]}"#, "listen[1]"),
        (#"{"ready":"soon"}"#, "ready"), (#"{"disconnectSignal":"SIGNONE"}"#, "disconnectSignal"),
    ])
    func `unknown and invalid settings are refused`(json: String, field: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/cluster:setupPrimary", json)
            #expect(reply.status == 400 && reply.metadata["field"] == field)
            #expect(await agent.primary.settings.revision == 1)
        }
    }

    /// What Node has called them before version 16.
    @Test func `Node's old names work`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/cluster:setupMaster", #"{"silent":true}"#)
            #expect(try reply.decode(ClusterSettings.self).silent)
            #expect(try await agent.get("/v1/cluster").body.contains(#""isMaster":true,"isPrimary":true"#))
            #expect(try await agent.call(.setupMaster, as: .operate, json: "{}").status == 403)
        }
    }

    @Test func `all workers are asked to leave`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(3)
            let reply = try await agent.post("/v1/cluster:disconnect", #"{"wait":true}"#)
            let workers = try reply.decode(WorkersReply.self).workers
            #expect(workers.map(\.id.rawValue) == [1, 2, 3])
            #expect(workers.allSatisfy { $0.disconnectedAt != nil })
        }
    }

    @Test func `all workers get the deadline`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.fork(2)
            #expect(try await agent.post("/v1/cluster:disconnect", #"{"wait":true,"deadlineMs":5000}"#).status == 200)
            #expect(await agent.primary.limits == [.seconds(5), .seconds(5)])
        }
    }

    @Test func `a disconnect without workers returns at once`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/cluster:disconnect", #"{"wait":true,"timeoutMs":1000}"#)
            #expect(try reply.decode(WorkersReply.self).workers.isEmpty)
        }
    }

    @Test func `wait in the query is refused`() async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.post("/v1/cluster:disconnect?wait=true")
            #expect(reply.status == 400 && reply.reason == .invalidParameter)
        }
    }
}
