// SPDX-License-Identifier: Apache-2.0

@testable import Agent
@testable import Cluster
import Shared

/// A primary without processes: its workers are entries in a table, and what happens to them is what a test says.
actor FakePrimary: ClusterPrimary {
    nonisolated let events: PrimaryEvents
    private nonisolated let sink = EventQueue(capacity: .max)
    private(set) var settings = ClusterSettings()
    private(set) var lastEventNumber: UInt64 = 0
    private(set) var publishesMessages = false
    private(set) var isClosed = false
    /// The messages that were sent, as JSON texts.
    private(set) var sent: [String] = []
    /// The signals that were sent.
    private(set) var signals: [Signal] = []
    private(set) var environments: [[String: String]] = []
    private(set) var abruptDisconnects = 0
    /// How long those that were disconnected may live.
    private(set) var limits: [Duration?] = []
    /// How long the workers had when the agent ended.
    private(set) var graces: [Duration] = []
    /// What the next command throws.
    private var failure: ClusterError?
    /// Workers that do not mind being asked to disconnect.
    private let stubborn: Bool
    private var table: [WorkerID: WorkerInfo] = [:]
    private var departed: [WorkerID: WorkerInfo] = [:]
    private var nextID = WorkerID.first
    private var waiters: [Int: CheckedContinuation<Void, any Error>] = [:]
    private var waiterCount = 0
    /// Yields whenever somebody begins to wait for a worker.
    nonisolated let waits: AsyncStream<Void>
    private nonisolated let wait: AsyncStream<Void>.Continuation

    init(stubborn: Bool = false) {
        self.stubborn = stubborn
        events = PrimaryEvents(sink)
        (waits, wait) = AsyncStream.makeStream()
        settings.exec = "/srv/app.js"
    }

    var workers: [WorkerInfo] { table.values.sorted { $0.id < $1.id } }

    var status: ClusterStatus {
        ClusterStatus(
            settings: settings, workers: WorkerCounts(table.values), handles: [])
    }

    var statistics: PrimaryStatistics {
        var statistics = PrimaryStatistics()
        statistics.forks = UInt64(nextID.rawValue - 1)
        statistics.connections.handedOver = 3
        statistics.handoverLatency.count(.microseconds(75))
        for worker in table.values {
            statistics.instances[worker.instance, default: InstanceStatistics()].queuedBytes += 7
        }
        return statistics
    }

    func figures(of ids: [WorkerID]) -> [WorkerID: WorkerFigures] {
        Dictionary(
            uniqueKeysWithValues: ids.filter { table[$0] != nil }.map { id in
                let connections = WorkerFigures.Connections(handedOver: 3, declined: 2, unanswered: 1, waiting: nil)
                return (id, WorkerFigures(connections: connections, cpuMs: 40, residentBytes: 50 << 20))
            })
    }

    func fail(_ error: ClusterError) {
        failure = error
    }

    func worker(_ id: WorkerID) -> WorkerInfo? { table[id] }

    func setupPrimary(_ patch: SettingsPatch, requestID: String?) throws(ClusterError) -> ClusterSettings {
        try failIfAsked()
        settings = settings.merging(patch)
        publish(.setup(settings), nil, requestID)
        return settings
    }

    func fork(count: Int, environment: [String: String], requestID: String?) throws(ClusterError) -> [WorkerInfo] {
        try failIfAsked()
        environments.append(environment)
        return (0..<count).map { _ in makeWorker(instance: nil, requestID) }
    }

    /// As the supervisor forks.
    func forkOne(instance: Int, requestID: String?) throws(ClusterError) -> WorkerInfo {
        try failIfAsked()
        return makeWorker(instance: instance, requestID)
    }

    private func makeWorker(instance: Int?, _ requestID: String?) -> WorkerInfo {
        var worker = WorkerInfo(
            id: nextID, pid: 1000 + Int32(nextID.rawValue), exec: "/srv/app.js", args: [], settingsRevision: 1,
            forkedAt: .now)
        worker.connected = true
        worker.supervised = instance != nil
        worker.instance = instance
        nextID = nextID.next
        table[worker.id] = worker
        publish(.fork, worker, requestID)
        return worker
    }

    /// As the supervisor's events are put among the primary's.
    func note(_ note: EventNote, requestID: String?) {
        publish(.noted(note), note.workerId.flatMap { table[$0] }, requestID)
    }

    func disconnect(
        _ id: WorkerID, abrupt: Bool, within limit: Duration?, requestID: String?
    ) throws(ClusterError) -> WorkerInfo {
        try failIfAsked()
        guard var worker = table[id] else { throw .workerNotFound(id) }
        limits.append(limit)
        if abrupt { abruptDisconnects += 1 }
        worker.exitedAfterDisconnect = true
        table[id] = worker
        if !stubborn { didExit(id, requestID: requestID) }
        return table[id] ?? departed[id] ?? worker
    }

    func disconnectAll(within limit: Duration?, requestID: String?) throws(ClusterError) -> [WorkerInfo] {
        try failIfAsked()
        return workers.map { (try? disconnect($0.id, abrupt: false, within: limit, requestID: requestID)) ?? $0 }
    }

    func stop(within grace: Duration) async -> [WorkerID] {
        graces.append(grace)
        release()
        _ = try? disconnectAll(within: grace, requestID: nil)
        // Until a test ends them.
        while !table.isEmpty, (try? await change()) != nil {}
        return table.keys.sorted()
    }

    func kill(_ id: WorkerID, signal: Signal, requestID: String?) throws(ClusterError) -> WorkerInfo {
        try failIfAsked()
        guard let worker = table[id] else { throw .workerNotFound(id) }
        signals.append(signal)
        if signal == .kill { didExit(id, requestID: requestID) }
        return table[id] ?? departed[id] ?? worker
    }

    func pause(_ id: WorkerID) throws(ClusterError) -> WorkerInfo { try setPaused(id, true) }
    func resume(_ id: WorkerID) throws(ClusterError) -> WorkerInfo { try setPaused(id, false) }

    private func setPaused(_ id: WorkerID, _ isPaused: Bool) throws(ClusterError) -> WorkerInfo {
        try failIfAsked()
        guard var worker = table[id] else { throw .workerNotFound(id) }
        worker.paused = isPaused
        table[id] = worker
        return worker
    }

    func send(json: [UInt8], to id: WorkerID) throws(ClusterError) -> SendOutcome {
        try failIfAsked()
        guard table[id] != nil else { throw .workerNotFound(id) }
        sent.append(String(decoding: json, as: UTF8.self))
        return SendOutcome(accepted: true, queuedBytes: 0)
    }

    func wait(for ids: [WorkerID], until milestone: WorkerMilestone) async throws -> [WorkerInfo] {
        wait.yield()
        while true {
            let workers = ids.compactMap { table[$0] ?? departed[$0] }
            for case .failure(let error)? in workers.map(milestone.outcome) { throw error }
            if workers.allSatisfy({ Self.has($0, reached: milestone) }) { return workers }
            try await change()
        }
    }

    func publishMessages(_ on: Bool) {
        publishesMessages = on
    }

    func close() {
        isClosed = true
        sink.finish()
    }

    // MARK: What a test makes happen

    /// Returns when the agent ends.
    func wasStopped() async {
        while graces.isEmpty, (try? await change()) != nil {}
    }

    /// It is asked to go and stays connected.
    func didBeginToLeave(_ id: WorkerID) {
        table[id]?.leaving = Leaving(since: .now, deadline: nil)
    }

    func didComeOnline(_ id: WorkerID) {
        update(id, .online) {
            $0.state = .online
            $0.onlineAt = .now
        }
    }

    /// Disconnected and dead at once: it leaves the table.
    func didExit(_ id: WorkerID, reason: ExitReport.Reason = .exited, requestID: String? = nil) {
        update(id, .disconnect, requestID) {
            $0.connected = false
            $0.state = .disconnected
            $0.disconnectedAt = .now
        }
        let report = ExitReport(
            reason: reason, code: 0, signal: nil, uptimeMs: 1, maxRssBytes: 1, userMs: 1, systemMs: 1,
            requestId: requestID)
        update(id, .exit(report), requestID) {
            $0.dead = true
            $0.state = .dead
            $0.exitCode = 0
            $0.exit = report
            $0.exitedAt = .now
        }
        departed[id] = table.removeValue(forKey: id)
        release()
    }

    private func update(
        _ id: WorkerID, _ kind: PrimaryEvent.Kind, _ requestID: String? = nil, _ change: (inout WorkerInfo) -> Void
    ) {
        guard var worker = table[id] else { return }
        change(&worker)
        table[id] = worker
        publish(kind, worker, requestID)
        release()
    }

    private func publish(_ kind: PrimaryEvent.Kind, _ worker: WorkerInfo?, _ requestID: String?) {
        lastEventNumber += 1
        let event = PrimaryEvent(
            number: lastEventNumber, time: .now, worker: worker.map(WorkerSnapshot.init), requestID: requestID,
            kind: kind)
        precondition(sink.offer(event), "an event after the end")
    }

    private func failIfAsked() throws(ClusterError) {
        defer { failure = nil }
        if let failure { throw failure }
    }

    private static func has(_ worker: WorkerInfo, reached milestone: WorkerMilestone) -> Bool {
        switch milestone {
        case .online: worker.onlineAt != nil
        case .listening: worker.listeningAt != nil
        case .disconnected: worker.disconnectedAt != nil
        case .exited: worker.exitedAt != nil
        }
    }

    private func change() async throws {
        waiterCount += 1
        let key = waiterCount
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    waiters[key] = continuation
                }
            }
        } onCancel: {
            Task { await cancel(key) }
        }
    }

    private func cancel(_ key: Int) {
        waiters.removeValue(forKey: key)?.resume(throwing: CancellationError())
    }

    private func release() {
        let released = waiters
        waiters = [:]
        for continuation in released.values { continuation.resume() }
    }
}
