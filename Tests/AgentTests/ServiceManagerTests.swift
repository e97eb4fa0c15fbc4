// SPDX-License-Identifier: Apache-2.0

import History
import ServiceLifecycle
import Shared
import Supervision
import Testing

@testable import Agent

/// What a service manager such as systemd hears of the agent.
@Suite(.timeLimit(.minutes(1)))
struct ServiceManagerTests {
    @Test func `nobody is told without an address`() {
        for address in [nil, "", "@", "agent.sock", "vsock:2:1", "/" + String(repeating: "a", count: 107)] {
            #expect(ServiceManager(environment: ["NOTIFY_SOCKET": address].compactMapValues(\.self)) == nil)
        }
    }

    @Test(arguments: [
        (["WATCHDOG_USEC": "30000000"], Duration.seconds(30)),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"], .seconds(30)),
        (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"], nil),
        (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
    ])
    func `the watchdog counts if it is meant for this process`(variables: [String: String], time: Duration?) {
        let environment = variables.merging(["NOTIFY_SOCKET": "@x"]) { own, _ in own }
        #expect(ServiceManager(environment: environment, process: 42)?.watchdog == time)
    }

    @Test func `a message arrives as one datagram`() throws {
        let receiver = try NotifyReceiver()
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": receiver.address]))
        #expect(manager.send(["READY=1", "STATUS=well"]))
        #expect(receiver.messages() == ["READY=1\nSTATUS=well"])
    }

    @Test func `a manager that is gone is no error`() throws {
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": "@cluster-test-nobody"]))
        #expect(!manager.send(["READY=1"]))
    }

    @Test func `the agent is ready when each instance has been ready or has failed once`() async throws {
        let watch = try Watch()
        try await watch.supervisor.start(workers: 2, environment: [:])
        try await watch.run {
            #expect(watch.receiver.messages() == ["STATUS=progressing: 0 of 2 workers ready"])
            watch.phase.didStart()
            await watch.supervisor.didListen(.first)
            await watch.look()
            #expect(watch.receiver.messages() == ["STATUS=progressing: 1 of 2 workers ready"])
            await watch.supervisor.didCrash(try #require(WorkerID(rawValue: 2)))
            await watch.look()
            #expect(watch.receiver.messages() == ["READY=1\nSTATUS=degraded: 1 of 2 workers ready"])
            await watch.look()
            #expect(watch.receiver.messages().isEmpty)
        }
    }

    @Test func `an agent without workers is ready when it has started`() async throws {
        let watch = try Watch()
        try await watch.run {
            #expect(watch.receiver.messages() == ["STATUS=no workers are wanted"])
            watch.phase.didStart()
            await watch.look()
            #expect(watch.receiver.messages() == ["READY=1"])
        }
    }

    @Test func `each look feeds the watchdog, often enough`() async throws {
        let watch = try Watch(variables: ["WATCHDOG_USEC": "900000"])
        watch.phase.didStart()
        try await watch.run {
            #expect(watch.receiver.messages() == ["READY=1\nSTATUS=no workers are wanted\nWATCHDOG=1"])
            #expect(await watch.look() == .milliseconds(300))
            #expect(watch.receiver.messages() == ["WATCHDOG=1"])
        }
    }

    @Test func `a reload is announced with its time, and its end too`() {
        var report = ServiceReport()
        var seen = ServiceReport.Observation(
            hasStarted: true, status: SupervisionStatus(phase: .stable, desired: 1, ready: 1),
            instances: [InstanceInfo(instance: 1, state: .ready)], isReloading: false)
        #expect(report.lines(for: seen, microseconds: 7) == ["READY=1", "STATUS=stable: 1 of 1 workers ready"])
        seen.isReloading = true
        #expect(report.lines(for: seen, microseconds: 7) == ["RELOADING=1", "MONOTONIC_USEC=7"])
        #expect(report.lines(for: seen, microseconds: 8) == [])
        seen.isReloading = false
        #expect(report.lines(for: seen, microseconds: 9) == ["READY=1"])
    }

    @Test func `what the manager did not take is said again`() async throws {
        let watch = try Watch()
        watch.phase.didStart()
        // Its queue takes no more than net.unix.max_dgram_qlen.
        while watch.manager.send(["X=1"]) {}
        try await watch.run {
            _ = watch.receiver.messages()
            await watch.look()
            #expect(watch.receiver.messages() == ["READY=1\nSTATUS=no workers are wanted"])
        }
    }

    @Test func `while workers leave, the manager waits for a limited time`() async throws {
        let watch = try Watch()
        watch.phase.didBeginToStop()
        try await watch.run {
            #expect(watch.receiver.messages() == ["EXTEND_TIMEOUT_USEC=10000000"])
            // The grace is 2 s.
            for _ in 1...11 { await watch.look() }
            #expect(watch.receiver.messages().count == 11)
            await watch.look()
            #expect(watch.receiver.messages().isEmpty)
        }
    }

    @Test func `the manager hears that the agent stops`() async throws {
        let receiver = try NotifyReceiver()
        let manager = ServiceManager(environment: ["NOTIFY_SOCKET": receiver.address])
        let assembly = AgentAssembly.make(
            primary: FakePrimary(), history: try History.inMemory(),
            listeners: [.tcp(ListenAddress(host: "127.0.0.1", port: 0))])
        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let services = assembly.makeServices(workers: 1, grace: .seconds(7), manager: manager) { _ in isReady.finish() }
        let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: .silent))
        async let running: Void = group.run()
        for await _ in ready {}
        await group.triggerGracefulShutdown()
        try await running
        let last = receiver.messages().filter { $0.hasPrefix("STOPPING=1") }
        #expect(last == ["STOPPING=1\nSTATUS=stopping: workers have 7 s to end\nEXTEND_TIMEOUT_USEC=10000000"])
    }
}

/// The service over a supervisor without processes and a clock that a test moves.
private final class Watch: Sendable {
    let receiver: NotifyReceiver
    let manager: ServiceManager
    let supervisor = FakeSupervisor(FakePrimary(), readiness: .listening)
    let phase = AgentPhase()
    private let clock = ManualClock()

    init(variables: [String: String] = [:]) throws {
        receiver = try NotifyReceiver()
        let address = ["NOTIFY_SOCKET": receiver.address]
        manager = try #require(ServiceManager(environment: variables.merging(address) { $1 }))
    }

    /// Runs `body` after the first look.
    func run(_ body: () async throws -> Void) async throws {
        let service = NotificationService(
            manager: manager, supervisor: supervisor, phase: phase, grace: .seconds(2), clock: clock)
        let running = Task { try await service.run() }
        await nextPause()
        try await body()
        running.cancel()
        try await running.value
    }

    /// Returns after the next look, with the pause that follows it.
    @discardableResult
    func look() async -> Duration? {
        clock.advance(by: .seconds(1))
        return await nextPause()
    }

    @discardableResult
    private func nextPause() async -> Duration? {
        for await pause in clock.sleeps { return pause }
        return nil
    }
}
