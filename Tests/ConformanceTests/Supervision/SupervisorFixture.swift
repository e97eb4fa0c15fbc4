// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Supervision

/// A supervisor over a primary with one of the worker programs, and the log of its events.
struct SupervisorFixture {
    let cluster: PrimaryFixture
    let supervisor: Supervisor
    let log: SupervisorLog

    var primary: Primary { cluster.primary }

    /// Waits until this many workers have become ready, from the start.
    func ready(_ count: Int) async throws -> [WorkerID] {
        let events = try await log.first(count) { $0.kind.isReady }
        return events.compactMap(\.workerId)
    }

    /// The port that a worker listens on.
    func port(of worker: WorkerID) async throws -> UInt16 {
        let info = try await primary.wait(for: [worker], until: .listening)[0]
        guard let port = info.listening.first?.port, let port = UInt16(exactly: port) else {
            throw PrimaryFixture.MissingPort(worker: info)
        }
        return port
    }
}

/// All events of a supervisor so far, and a way to wait for some. A wait ends with an error when its test does.
actor SupervisorLog {
    private(set) var events: [SupervisorEvent] = []
    private let stream: AsyncStream<SupervisorEvent>

    init(_ stream: AsyncStream<SupervisorEvent>) {
        self.stream = stream
    }

    struct Ended: Error {
        let events: [SupervisorEvent]
    }

    /// The first `count` events, past or to come, that fit.
    func first(_ count: Int, where matches: (SupervisorEvent) -> Bool) async throws -> [SupervisorEvent] {
        var iterator = stream.makeAsyncIterator()
        while events.count(where: matches) < count {
            guard let event = await iterator.next(isolation: self) else { throw Ended(events: events) }
            events.append(event)
        }
        return Array(events.filter(matches).prefix(count))
    }

    @discardableResult
    func first(where matches: (SupervisorEvent) -> Bool) async throws -> SupervisorEvent {
        try await first(1, where: matches)[0]
    }
}

extension SupervisorEvent.Kind {
    var isReady: Bool {
        if case .ready = self { true } else { false }
    }

    /// The delay of a restart, and how many failures in a row there were.
    var restart: (attempt: Int, delayMs: Int64)? {
        if case .restart(let attempt, let delayMs) = self { (attempt, delayMs) } else { nil }
    }
}

/// Runs `body` with a supervisor that keeps `workers` of `Workers/<script>`.
func withSupervisor(
    _ script: String, workers: Int = 1,
    policy adjust: (inout SupervisionPolicy) -> Void = { _ in },
    settings configure: (inout ClusterSettings) -> Void = { _ in },
    primary adjustPrimary: (inout PrimaryConfiguration) -> Void = { _ in },
    configuration: SupervisorConfiguration = SupervisorConfiguration(),
    _ body: (SupervisorFixture) async throws -> Void
) async throws {
    var policy = SupervisionPolicy()
    policy.minReadyMs = 0
    adjust(&policy)
    try await withPrimary(script, settings: configure, configuration: adjustPrimary) { cluster in
        let supervisor = try Supervisor(cluster.primary, policy: policy, configuration: configuration)
        let log = SupervisorLog(await supervisor.events())
        try await supervisor.start(workers: workers)
        try await body(SupervisorFixture(cluster: cluster, supervisor: supervisor, log: log))
    }
}
