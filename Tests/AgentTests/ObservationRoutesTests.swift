// SPDX-License-Identifier: Apache-2.0

import Contract
import HTTPTypes
import History
import Shared
import Testing

@testable import Agent

/// What those see who look on.
@Suite(.timeLimit(.minutes(1)))
struct ObservationRoutesTests {
    @Test(arguments: Role.allCases)
    func `a caller is told its name, its role and its scopes`(role: Role) async throws {
        try await AgentFixture.with { agent in
            let caller = try await agent.call(.getCaller, as: role).decode(CallerReply.self)
            let name = AgentFixture.tokens[role] ?? "admin"
            // The fixture's admin has the scope; an admin's token does not have it by itself.
            let scopes: [TokenScope] = role == .admin ? [.fleet] : []
            #expect(caller == CallerReply(principal: "token:\(name)", role: role, scopes: scopes))
            #expect(!caller.fleet)
        }
    }

    @Test func `an agent without tokens names the caller too`() async throws {
        try await AgentFixture.with(history: .inMemory(), isOpen: true) { agent in
            let reply = try await agent.anonymous(.get, "/v1/caller")
            let caller = CallerReply(principal: "anonymous", role: .admin, scopes: [.fleet])
            #expect(try reply.decode(CallerReply.self) == caller)
        }
    }

    @Test func `watchers are listed with their callers while they watch`() async throws {
        try await AgentFixture.with { agent in
            func watchers() async throws -> [WatchersReply.Watcher] {
                try await agent.get("/v1/watchers").decode(WatchersReply.self).watchers
            }
            #expect(try await watchers().isEmpty)
            let owner = WatcherOwner(principal: "token:ci", address: nil)
            let subscription = try agent.assembly.broadcaster.subscribe(messages: false, for: owner)
            let follower = try agent.assembly.logWatchers.enter(WatcherOwner(principal: "uid:7", address: nil))
            let both = try await watchers()
            #expect(Set(both.map { "\($0.principal) \($0.watches)" }) == ["token:ci events", "uid:7 logs"])
            #expect(both == both.sorted { $0.since < $1.since })
            subscription.end()
            withExtendedLifetime(follower) {}
        }
    }

    @Test func `exits are counted by the hour, those of the current hour last`() async throws {
        let history = try History.inMemory()
        let hour: Int64 = 3_600_000
        let now = Timestamp.now
        for (age, data) in [
            (25, ["reason": "exited", "code": 1]), (2, ["reason": "exited", "code": 1]),
            (2, ["reason": "exited", "code": 0]), (0, ["reason": "signaled", "signal": "SIGSEGV"]),
        ] as [(Int64, EventData)] {
            let event = Event(
                time: Timestamp(milliseconds: now.milliseconds - age * hour), type: .exit, workerId: .first, data: data)
            _ = try history.append([HistoryEntry(event: event)])
        }
        let reply = try await ExitStatistics(reader: HistoryReader(history: history)).hours(until: now)
        #expect(reply.throughSeq == 4 && reply.hours.count == 24)
        #expect(reply.hours.map(\.start) == reply.hours.map(\.start).sorted())
        #expect(reply.hours.last?.start.milliseconds == now.milliseconds / hour * hour)
        #expect(reply.hours.suffix(3).map(\.exits) == [2, 0, 1] && reply.hours.suffix(3).map(\.failures) == [1, 0, 1])
        #expect(reply.hours.dropLast(3).allSatisfy { $0.exits == 0 })
    }

    @Test func `a history that cannot be read is said to be so`() async throws {
        try await AgentFixture.with(history: .broken) { agent in
            let reply = try await agent.get("/v1/exits")
            #expect(reply.status == 503 && reply.reason == .historyUnavailable)
        }
    }

    @Test(arguments: ["x", "1,", "-1", "01", "99999999999"])
    func `samples are asked for by numbers`(text: String) async throws {
        try await AgentFixture.with { agent in
            let reply = try await agent.get("/v1/samples?instance=\(text)")
            #expect(reply.status == 400 && reply.reason == .invalidParameter)
        }
    }
}
