// SPDX-License-Identifier: Apache-2.0

import LinuxIO
public import Logging
public import Shared

/// The parent's side of node:cluster: forks workers and shares its ports with them.
///
/// The actor runs on an epoll thread of its own. A call returns its immediate result. What happens later is an event.
public actor Primary {
    /// What happens from the start on, in order, for one consumer. Finishes after `close()`. Others use ``subscribe(capacity:)``.
    public nonisolated let events: PrimaryEvents

    nonisolated let loop: EventLoop
    // Used only inside the actor. Nobody is there at `deinit`, which gives it to the loop's thread.
    nonisolated(unsafe) let driver: Driver
    // As the driver.
    private nonisolated(unsafe) let hub: EventHub

    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    /// - Throws: `INTERNAL` if the kernel gives no epoll instance or thread.
    public init(_ configuration: PrimaryConfiguration, logger: Logger) throws(ClusterError) {
        do {
            loop = try EventLoop()
        } catch {
            throw ClusterError(.internal, .internalError, "the event loop cannot start: \(error)", cause: error)
        }
        let hub = EventHub(logger: logger)
        self.hub = hub
        events = hub.events
        driver = Driver(configuration, loop: loop, logger: logger) { hub.publish($0) }
        driver.onStop = { hub.didStop(left: $0) }
        if configuration.reapsOrphans { Task { await self.reapOrphans(logger) } }
    }

    deinit {
        // Dropped without `close()`: a worker may be speaking, and the driver listening, at this moment.
        loop.stop { [driver, hub] in
            driver.close()
            hub.close()
        }
    }

    // MARK: State

    /// The settings for future forks: `cluster.settings`.
    public var settings: ClusterSettings { driver.machine.settings }

    /// The live workers by id: those that have not both disconnected and exited.
    public var workers: [WorkerInfo] { driver.machine.workerInfos }

    /// A live worker; nil for one that is gone.
    public func worker(_ id: WorkerID) -> WorkerInfo? {
        driver.machine.workers[id]?.info
    }

    /// The settings, the workers' counts and the sockets.
    public var status: ClusterStatus { driver.machine.status }

    /// What has been counted so far, for monitoring.
    public var statistics: PrimaryStatistics { driver.statistics }

    /// What these workers do now, read within the last second. Those that have ended are left out.
    public func figures(of ids: [WorkerID]) -> [WorkerID: WorkerFigures] { driver.figures(of: ids) }

    /// The number of the newest event, 0 before the first.
    public var lastEventNumber: UInt64 { driver.machine.eventNumber }

    /// What happens from now on, in order, for one more consumer. Finishes after `close()`.
    ///
    /// A consumer that does not keep up loses only events of its own, and ``PrimaryEvents/lost`` counts them.
    ///
    /// - Parameter capacity: how many events may wait for this consumer.
    public func subscribe(capacity: Int = PrimaryEvents.standardCapacity) -> PrimaryEvents {
        hub.subscribe(capacity: max(1, capacity))
    }

    /// What happens to one worker from now on: the events of `worker`. Finishes when it is gone.
    public func events(of id: WorkerID) -> AsyncStream<PrimaryEvent> {
        hub.events(of: id, isThere: driver.machine.workers[id] != nil)
    }

    // MARK: Commands

    /// Merges settings for future forks: `cluster.setupPrimary`.
    ///
    /// - Throws: `ETAG_MISMATCH`, `POLICY_FROZEN`, `INVALID_FIELD`
    public func setupPrimary(
        _ patch: SettingsPatch, requestID: String? = nil
    ) throws(ClusterError) -> ClusterSettings {
        if case .set(let urls) = patch.listen { try ListenProblem.check(urls) }
        let settings = try driver.perform { machine throws(ClusterError) in
            try machine.setupPrimary(patch, requestID: requestID, at: .now)
        }
        driver.notify(.didSetUp)
        return settings
    }

    /// `cluster.setupMaster`: Node's old name of ``setupPrimary(_:requestID:)``.
    @available(*, deprecated, renamed: "setupPrimary(_:requestID:)")
    public func setupMaster(_ patch: SettingsPatch, requestID: String? = nil) throws(ClusterError) -> ClusterSettings {
        try setupPrimary(patch, requestID: requestID)
    }

    /// Lets worker ids and revisions go on up to these; see ``PrimaryConfiguration/reserved``.
    public func reserve(_ numbers: NumberReservation) {
        driver.machine.reserve(numbers)
    }

    /// Forks workers: `cluster.fork`. Returns when all have been started. If one cannot be started, those before it stay.
    ///
    /// Many workers take many turns of the loop, so that connections and other calls do not wait for them. All get the
    /// settings of the moment of the call. Cancelling the task changes nothing. ``disconnectAll(within:requestID:)``
    /// and ``close()`` end the fork: the workers that are there are told to go with the others, and no more are started.
    ///
    /// - Parameter environment: set over the configured environment.
    /// - Throws: `EXEC_NOT_SET`, `EXEC_NOT_FOUND`, `EXEC_NOT_EXECUTABLE`, `CWD_NOT_FOUND`, `UNKNOWN_ACCOUNT`,
    ///   `STDIO_NOT_OPEN`, `ENV_FILE_NOT_READABLE`, `TOO_MANY_WORKERS`, `LISTEN_FAILED`, `SPAWN_FAILED`, `FORK_WITHDRAWN`, `SHUTTING_DOWN`
    @discardableResult
    public func fork(
        count: Int = 1, environment: [String: String] = [:], requestID: String? = nil
    ) async throws(ClusterError) -> [WorkerInfo] {
        guard count > 0 else { return [] }
        try SettingsValidator.validate(environment: environment)
        try driver.machine.checkFork(count: count)
        try driver.checkLaunch(driver.machine.settings)
        let environment = try WorkerLauncher.fileEnvironment(driver.machine.settings)
            .merging(environment) { _, new in new }
        let opened = try driver.openSockets(driver.machine.settings.listen)
        let order = try driver.perform { machine throws(ClusterError) in
            try machine.orderFork(count: count, environment: environment, requestID: requestID)
        }
        var forked: [WorkerInfo] = []
        do throws(ClusterError) {
            var turn = ContinuousClock.now
            while forked.count < count {
                if turn.duration(to: .now) > Self.forkTurn {
                    await nextTurn()
                    turn = .now
                }
                guard let worker = try driver.forkNext(order) else {
                    throw .forkWithdrawn(count: count, forked: forked.map(\.id))
                }
                forked.append(worker)
            }
        } catch {
            driver.report { $0.closeSockets(opened) }
            throw error
        }
        return forked.map { driver.machine.workers[$0.id]?.info ?? hub.departed[$0.id] ?? $0 }
    }

    /// How long forks may keep the loop from everything else. One takes a tenth of it, or all if the worker gets another
    /// identity.
    private static let forkTurn: Duration = .milliseconds(1)

    /// Lets the loop do what else there is to do.
    private func nextTurn() async {
        await withCheckedContinuation { continuation in
            loop.schedule(after: .zero) { continuation.resume() }
        }
    }

    /// Asks a worker to leave: `worker.disconnect`. Asking twice, or asking one that is disconnected, changes nothing.
    ///
    /// - Parameters:
    ///   - abrupt: closes the channel at once, as `worker.process.disconnect`.
    ///   - limit: how long the worker's process may live on. Two seconds before the end, or after half of a shorter time, it
    ///     gets SIGTERM, and at the end its whole session gets SIGKILL. Of two such calls the earlier end counts.
    /// - Throws: `WORKER_NOT_FOUND`, `SHUTTING_DOWN`
    public func disconnect(
        _ id: WorkerID, abrupt: Bool = false, within limit: Duration? = nil, requestID: String? = nil
    ) throws(ClusterError) -> WorkerInfo {
        // What it has sent before was sent in time.
        if abrupt { driver.hear(id) }
        let before = try driver.perform { machine throws(ClusterError) in
            try machine.disconnect(id, abrupt: abrupt, within: limit, requestID: requestID, at: .now, now: .now)
        }
        driver.notify(.didDisconnect(id, requestID: requestID))
        return driver.machine.workers[id]?.info ?? hub.departed[id] ?? before
    }

    /// Asks all workers to leave: `cluster.disconnect`. The sockets close with the last of them.
    ///
    /// - Parameter limit: as for one worker.
    /// - Throws: `SHUTTING_DOWN`
    public func disconnectAll(
        within limit: Duration? = nil, requestID: String? = nil
    ) throws(ClusterError) -> [WorkerInfo] {
        let before = try driver.perform { machine throws(ClusterError) in
            try machine.disconnectAll(within: limit, requestID: requestID, at: .now, now: .now)
        }
        driver.notify(.didDisconnectAll(requestID: requestID))
        return before.map { driver.machine.workers[$0.id]?.info ?? hub.departed[$0.id] ?? $0 }
    }

    /// Sends a signal: `worker.process.kill`. SIGKILL goes to all processes of the worker's session. A worker that is dead
    /// already is no error.
    ///
    /// - Throws: `WORKER_NOT_FOUND`, `SHUTTING_DOWN`
    public func kill(
        _ id: WorkerID, signal: Signal = .terminate, requestID: String? = nil
    ) throws(ClusterError) -> WorkerInfo {
        let worker = try driver.perform { machine throws(ClusterError) in
            try machine.kill(id, signal: signal, requestID: requestID)
        }
        if signal.asksToEnd, !worker.dead { driver.notify(.didAskToEnd(id, requestID: requestID)) }
        return worker
    }

    /// Gives a worker no new connections until ``resume(_:)``. Those that it has go on, and so do its messages.
    ///
    /// - Throws: `POLICY_CANNOT_PAUSE` if the worker accepts connections from a socket that it shares: under the policy `none`, or
    ///   from a socket that it was started with; `WORKER_NOT_FOUND`, `SHUTTING_DOWN`
    public func pause(_ id: WorkerID) throws(ClusterError) -> WorkerInfo {
        try driver.perform { machine throws(ClusterError) in try machine.pause(id) }
    }

    /// Gives a worker new connections again. One that is not paused is no error.
    ///
    /// - Throws: `WORKER_NOT_FOUND`, `SHUTTING_DOWN`
    public func resume(_ id: WorkerID) throws(ClusterError) -> WorkerInfo {
        try driver.perform { machine throws(ClusterError) in try machine.resume(id) }
    }

    // MARK: Waiting

    /// Waits until each of `ids` has come this far and returns them as they were then. Cancelling the task ends
    /// the wait with `CancellationError`.
    ///
    /// - Throws: `WORKER_EXITED` if a worker ends before it comes online or listening, `WORKER_NOT_FOUND`.
    public func wait(for ids: [WorkerID], until milestone: WorkerMilestone) async throws -> [WorkerInfo] {
        try await withThrowingTaskGroup { group in
            for id in ids { group.addTask { try await self.wait(for: id, until: milestone) } }
            var reached: [WorkerInfo] = []
            for try await worker in group { reached.append(worker) }
            return reached.sorted { $0.id < $1.id }
        }
    }

    private func wait(for id: WorkerID, until milestone: WorkerMilestone) async throws -> WorkerInfo {
        let ticket = hub.waiters.makeTicket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                // Look only now: a quick worker may have come this far while the call was on its way to this thread.
                guard let worker = driver.machine.workers[id]?.info ?? hub.departed[id] else {
                    return continuation.resume(throwing: ClusterError.workerNotFound(id))
                }
                if let outcome = milestone.outcome(for: worker) {
                    return continuation.resume(with: outcome.mapError { $0 as any Error })
                }
                hub.waiters.add(continuation, ticket: ticket, id, milestone)
            }
        } onCancel: {
            Task { await self.cancelWait(ticket) }
        }
    }

    private func cancelWait(_ ticket: Int) {
        hub.waiters.cancel(ticket)
    }

    // MARK: The end

    /// Asks all workers to leave, as ``disconnectAll(within:requestID:)`` does, and refuses commands from here on
    /// (`SHUTTING_DOWN`). Returns when nothing of the workers is left, but at most a second after the grace. Cancelling
    /// the task does not shorten it; a second call with a shorter grace does.
    ///
    /// - Returns: workers that are still there: they hang in the kernel.
    @discardableResult
    public func stop(within grace: Duration) async -> [WorkerID] {
        await withCheckedContinuation { continuation in
            driver.notify(.willStop)
            hub.addStopWaiter(continuation)
            driver.report { $0.stop(within: grace, at: .now, now: .now) }
        }
    }

    private func reapOrphans(_ logger: Logger) {
        do {
            try loop.reapOrphans()
        } catch {
            logger.error("processes that come here as orphans stay zombies", metadata: ["error": "\(error)"])
        }
    }

    /// Closes all sockets and channels and ends the events. Workers that are still there are killed. A primary that
    /// nobody holds any more does the same by itself.
    public func close() {
        driver.onMessage = nil
        driver.observation.end()
        driver.close()
        hub.close()
    }
}
