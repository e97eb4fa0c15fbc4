// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import Shared
import Testing

@testable import Agent

/// What each role may do.
@Suite(.timeLimit(.minutes(1)))
struct RoleTests {
    private static let reads: Set<Endpoint> = [
        .health, .ready, .metrics, .openAPI, .getVersion, .getCaller, .getCluster, .getSettings, .listWorkers,
        .getWorker, .listEvents, .listExits, .listWatchers, .getSupervision, .listInstances, .listSamples,
        .listOperations, .getOperation, .waitOperation,
    ]
    private static let operations: Set<Endpoint> = [
        .fork, .disconnectAll, .disconnectWorker, .killWorker, .sendMessage, .scale, .restartWorker, .reload,
        .cancelOperation, .listLogs, .pauseWorker, .resumeWorker,
    ]

    @Test(
        arguments: Role.allCases,
        Endpoint.allCases.filter {
            ![.watchEvents, .watchLogs].contains($0) && !$0.path.contains("/fleet")
        })
    func `a role may do what it covers and nothing else`(role: Role, endpoint: Endpoint) async throws {
        let allowed =
            switch role {
            case .read: Self.reads.contains(endpoint)
            case .operate: Self.reads.union(Self.operations).contains(endpoint)
            case .admin: true
            }
        try await AgentFixture.with { agent in
            let operation = try await agent.scale(to: 1)
            let id = endpoint.path.contains("/operations/") ? "\(operation)" : "1"
            let json =
                switch endpoint {
                case .sendMessage: #"{"message":1}"#
                case .scale: #"{"workers":2}"#
                default: nil as String?
                }
            let before = await agent.primary.lastEventNumber
            let reply = try await agent.call(endpoint, id: id, as: role, json: json)
            if allowed {
                #expect((200...201).contains(reply.status))
            } else {
                #expect(reply.status == 403 && reply.reason == .roleInsufficient)
                #expect(reply.metadata["role"] == role.rawValue)
                #expect(await agent.primary.lastEventNumber == before)
            }
        }
    }

    /// They decide which code runs.
    @Test func `only an admin reloads with settings`() async throws {
        try await AgentFixture.with { agent in
            try await agent.scale(to: 1)
            let settings = #"{"settings":{"exec":"/srv/other.js"}}"#
            let refused = try await agent.call(.reload, as: .operate, json: settings)
            #expect(refused.status == 403 && refused.metadata["needed"] == "admin")
            #expect(await agent.supervisor.patches.isEmpty)
            #expect(try await agent.call(.reload, as: .operate).status == 200)
            #expect(try await agent.call(.reload, as: .admin, json: settings).status == 200)
            #expect(await agent.supervisor.patches.last??.exec == .set("/srv/other.js"))
        }
    }

    @Test func `a reader may watch`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(port: agent.port)
            try connection.send(
                "GET /v1/events:watch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer reader\r\n\r\n")
            #expect(try await connection.read(until: "\r\n").hasPrefix("HTTP/1.1 200 "))
        }
    }

    /// A variable can decide which code runs.
    @Test func `only an admin forks with an environment`() async throws {
        try await AgentFixture.with { agent in
            let refused = try await agent.call(.fork, as: .operate, json: #"{"env":{"NODE_OPTIONS":"-r ./x"}}"#)
            #expect(refused.status == 403 && refused.metadata["needed"] == "admin")
            #expect(await agent.primary.workers.isEmpty)
            let empty = try await agent.call(.fork, as: .operate, json: #"{"env":{}}"#)
            #expect(empty.status == 201)
            let allowed = try await agent.call(.fork, as: .admin, json: #"{"env":{"A":"b"}}"#)
            #expect(allowed.status == 201)
        }
    }

    @Test func `the audit names the token's holder`() async throws {
        try await AgentFixture.with { agent in
            _ = try await agent.call(.fork, as: .operate)
            _ = try await agent.call(.setupPrimary, as: .read)
            var events: [Event] = []
            while events.count < 2 {
                events = try await agent.get("/v1/events?type=command").decode(EventsReply.self).events
            }
            #expect(events.map { $0.data["principal"] } == ["token:operator", "token:reader"])
            #expect(events.map { $0.data["status"] } == [201, 403])
        }
    }

    @Test func `guessing is slowed down`() async throws {
        try await LiveAgent.with(clock: ManualClock()) { agent in
            let get = "GET /v1/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer "
            var replies: [String] = []
            for _ in 0..<11 {
                let guesser = try RawConnection(port: agent.port)
                try guesser.send(get + "wrong\r\n\r\n")
                replies.append(try await guesser.read())
            }
            #expect(replies.prefix(10).allSatisfy { $0.hasPrefix("HTTP/1.1 401 ") })
            #expect(replies[10].hasPrefix("HTTP/1.1 429 ") && replies[10].contains("Retry-After: 1"))
            #expect(replies[10].contains("TOO_MANY_ATTEMPTS"))
            #expect(replies[10].hasPrefix("HTTP/1.1 429 Too Many Requests\r\n"))
            // A client that knows the right one need not guess, and may stand behind the same proxy.
            let friend = try RawConnection(port: agent.port)
            try friend.send(get + "\(AgentFixture.token)\r\n\r\n")
            #expect(try await friend.read().hasPrefix("HTTP/1.1 200 "))
            let health = try RawConnection(port: agent.port)
            try health.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(try await health.read().hasPrefix("HTTP/1.1 200 "))
        }
    }
}
