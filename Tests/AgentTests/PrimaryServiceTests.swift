// SPDX-License-Identifier: Apache-2.0

import History
import Logging
import ServiceLifecycle
import Shared
import Testing

@testable import Agent

/// The start and the end of the agent.
@Suite(.timeLimit(.minutes(1)))
struct PrimaryServiceTests {
    @Test func `the agent is ready when the first workers are forked`() async throws {
        try await LiveAgent.with(workers: 3) { agent in
            #expect(await agent.primary.workers.count == 3)
            #expect(agent.assembly.phase.current == .ready)
        }
    }

    @Test func `the agent's start is in the history when it is ready`() async throws {
        try await LiveAgent.with { agent in
            let events = try await agent.history.perform { try $0.events(EventQuery()) }
            #expect(events.map(\.type) == [.agentStart])
        }
    }

    @Test func `the agent ends its workers and records it`() async throws {
        let primary = FakePrimary()
        let types = try await Self.recorded(by: primary, workers: 1)
        #expect(types == [.agentStart, .scale, .fork, .ready, .disconnect, .exit, .agentStop])
        #expect(await primary.signals.isEmpty)
        #expect(await primary.isClosed)
    }

    @Test func `workers get the grace, and the agent waits for them`() async throws {
        let primary = FakePrimary(stubborn: true)
        let ending = Task {
            await primary.wasStopped()
            for worker in await primary.workers { await primary.didExit(worker.id) }
        }
        defer { ending.cancel() }
        let types = try await Self.recorded(by: primary, workers: 2, grace: .seconds(7))
        #expect(await primary.graces == [.seconds(7)])
        #expect(types.suffix(1) == [.agentStop])
        #expect(types.filter { $0 == .exit }.count == 2)
    }

    @Test func `the agent does not start if it cannot fork`() async throws {
        let primary = FakePrimary()
        await primary.fail(ClusterError(.failedPrecondition, .execNotExecutable, "make it executable"))
        let error = await #expect(throws: StartupError.self) {
            try await LiveAgent.with(primary: primary, workers: 1) { _ in Issue.record("it says that it is ready") }
        }
        #expect(error?.code == .configuration && error?.description.contains("make it executable") == true)
    }

    @Test func `the agent stops in good order if one listener cannot listen`() async throws {
        let primary = FakePrimary()
        _ = try await primary.fork(count: 1, environment: [:], requestID: nil)
        let history = try History.inMemory()
        let assembly = AgentAssembly.make(
            primary: primary, history: history,
            listeners: [.tcp(ListenAddress(host: "127.0.0.1", port: 0)), .unix(path: "/no/such/directory/agent.sock")])
        let services = assembly.makeServices(workers: 1, grace: .seconds(7)) { _ in
            Issue.record("it says that it is ready")
        }
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: .silent))
        await #expect(throws: StartupError.self) { try await group.run() }
        #expect(assembly.phase.current == .stopping)
        #expect(await primary.graces == [.seconds(7)])
        let types = try await history.perform { try $0.events(EventQuery(limit: 100)) }.map(\.type)
        #expect(types.contains(.agentStart) && types.last == .agentStop)
    }

    @Test func `commands are refused while workers leave`() async throws {
        let primary = FakePrimary(stubborn: true)
        try await LiveAgent.with(primary: primary, workers: 1, grace: .seconds(7)) { agent in
            await agent.group.triggerGracefulShutdown()
            await primary.wasStopped()
            let post = "POST /v1/workers:fork HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            let refused = try await agent.exchange(post)
            #expect(refused.hasPrefix("HTTP/1.1 503 ") && refused.contains("SHUTTING_DOWN"))
            #expect(refused.contains("Retry-After: "))
            let get = "GET /v1/workers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let next = try await agent.status(of: get)
            #expect(next == 200)
            for worker in await primary.workers { await primary.didExit(worker.id) }
        }
    }

    /// The types of all that is in the history when the agent has ended.
    private static func recorded(
        by primary: FakePrimary, workers: Int, grace: Duration = .seconds(10)
    ) async throws -> [EventType] {
        let (histories, give) = AsyncStream.makeStream(of: History.self)
        try await LiveAgent.with(primary: primary, workers: workers, grace: grace) {
            give.yield($0.history)
        }
        for await history in histories {
            return try await history.perform { try $0.events(EventQuery(limit: 100)) }.map(\.type)
        }
        return []
    }
}
