// SPDX-License-Identifier: Apache-2.0

import Shared

extension PrimaryStateMachine {
    /// Merges settings for future forks (`cluster.setupPrimary`).
    mutating func setupPrimary(
        _ patch: SettingsPatch, requestID: String?, at time: Timestamp
    ) throws(ClusterError) -> ClusterSettings {
        try checkRunning()
        if let etag = patch.etag, etag != settings.etag {
            throw ClusterError(
                .aborted, .etagMismatch,
                "the settings have changed: their etag is \(settings.etag), not \(etag); read them again",
                metadata: ["etag": settings.etag])
        }
        var merged = settings.merging(patch)
        if policyPhase == .frozen, merged.schedulingPolicy != settings.schedulingPolicy {
            throw ClusterError(
                .failedPrecondition, .policyFrozen,
                "the scheduling policy is \(settings.schedulingPolicy.rawValue) for good since the first fork or setupPrimary",
                metadata: ["schedulingPolicy": settings.schedulingPolicy.rawValue])
        }
        try SettingsValidator.validate(merged)
        merged.execArgv = Self.withLogFile(merged.execArgv)
        merged.revision = revisions.checked(merged.revision, at: time)
        settings = merged
        policyPhase = .frozen
        closeAbandonedHandles()
        emit(.setup(settings), requestID: requestID, at: time)
        return settings
    }

    /// Numbers up to these are this run's.
    mutating func reserve(_ numbers: NumberReservation) {
        workerNumbers.reserve(through: numbers.workerID)
        revisions.reserve(through: numbers.revision)
    }

    /// Without a file for each process V8's profile is unusable, so Node adds one and so do we.
    static func withLogFile(_ execArgv: [String]) -> [String] {
        let profiles = execArgv.contains { $0.hasPrefix("--prof") }
        let hasFile = execArgv.contains { $0.hasPrefix("--logfile=") }
        return profiles && !hasFile ? execArgv + ["--logfile=v8-%p.log"] : execArgv
    }

    /// Refuses a fork that could not succeed, before the first worker of several is made.
    func checkFork(count: Int) throws(ClusterError) {
        try checkRunning()
        try settings.checkExec()
        try checkRoom(count: count)
    }

    /// Refuses more workers than there may be.
    func checkRoom(count: Int) throws(ClusterError) {
        try checkRunning()
        let present = workers.count + orderedWorkers
        guard count <= maxWorkers - present else {
            throw ClusterError(
                .resourceExhausted, .tooManyWorkers,
                "\(count) more would pass the limit of \(maxWorkers) workers; \(present) are there or being forked",
                metadata: ["count": "\(count)", "maxWorkers": "\(maxWorkers)", "workers": "\(present)"])
        }
    }

    /// Makes a worker and has it started (`cluster.fork`, which calls setupPrimary itself).
    mutating func fork(_ order: ForkOrder, at time: Timestamp) -> WorkerID {
        let (id, nodeID) = workerNumbers.take(at: time)
        var info = WorkerInfo(
            id: id, nodeId: nodeID, exec: order.settings.exec ?? "", args: order.settings.args,
            settingsRevision: order.settings.revision, forkedAt: time)
        info.supervised = order.instance != nil
        info.instance = order.instance
        info.ready = info.supervised ? false : nil
        workers.insert(
            WorkerRecord(info, forkRequest: order.requestID, settings: order.settings, sockets: order.sockets))
        for socket in order.sockets { handles.update(socket) { $0.join(id, nil, unanswered: 0) } }
        // The events show the settings that are in force now, even if they have changed since the order. A reader of
        // events knows the settings only from them.
        emit(.setup(settings), requestID: order.requestID, at: time)
        act(.spawn(id, nodeID: nodeID, order.settings, environment: order.environment, sockets: order.sockets))
        return id
    }

    /// Asks a worker to close its servers, wait for their connections and end (`worker.disconnect`).
    ///
    /// - Parameters:
    ///   - abrupt: closes the channel at once instead (`worker.process.disconnect`). To a worker that takes no messages
    ///     that would mean nothing, so it is the same there.
    ///   - limit: how long its process may live on; nil forever. A later call may shorten it.
    mutating func disconnect(
        _ id: WorkerID, abrupt: Bool, within limit: Duration?, requestID: String?, at time: Timestamp, now: Instant
    ) throws(ClusterError) -> WorkerInfo {
        try checkRunning()
        guard let before = workers[id]?.info else { throw .workerNotFound(id) }
        let cause = Cause.command(requestID: requestID)
        let plan = plan(for: id, within: limit)
        tellToGo(id, plan, because: cause, at: time) { machine in
            if abrupt, machine.workers[id]?.isSilent == false {
                machine.disconnectAbruptly(id, cause)
            } else {
                machine.willDisconnect(id, because: cause)
            }
        }
        sayFarewell(within: plan)
        startLadder(id, plan, because: cause, now: now)
        return workers[id]?.info ?? before
    }

    /// How long a worker may take that somebody tells to go: a supervised one no longer than its supervisor says.
    private func plan(for id: WorkerID, within limit: Duration?) -> EndingPlan {
        let plan = EndingPlan(within: limit)
        guard workers[id]?.info.supervised == true, let ending = expectation?.ending else { return plan }
        return EndingPlan(
            terminateAfter: [plan.terminateAfter, ending.terminateAfter].compactMap(\.self).min(),
            killAfter: [plan.killAfter, ending.killAfter].compactMap(\.self).min())
    }

    /// Like ``disconnect(_:abrupt:within:requestID:at:now:)``, for the supervisor. It does nothing if the worker is
    /// gone by now, or if the primary stops.
    ///
    /// - Parameter requestID: the command that led to it.
    mutating func leave(_ id: WorkerID, _ plan: EndingPlan, requestID: String?, at time: Timestamp, now: Instant) {
        guard case .running = phase, workers[id] != nil else { return }
        let cause = Cause.supervision(requestID: requestID)
        tellToGo(id, plan, because: cause, at: time) { $0.willDisconnect(id, because: cause) }
        sayFarewell(within: plan)
        startLadder(id, plan, because: cause, now: now)
    }

    /// Somebody wants the worker to leave, and `disconnect` tells it. That is an event of its own, because Node's
    /// `disconnect` event comes only when the channel is closed, perhaps much later.
    mutating func tellToGo(
        _ id: WorkerID, _ plan: EndingPlan, because cause: Cause, at time: Timestamp,
        by disconnect: (inout PrimaryStateMachine) -> Void
    ) {
        let deadline = plan.killAfter.map { time.advanced(by: $0) }
        // If its channel is closed, only the end of its process can still be wanted.
        guard let info = workers[id]?.info, !info.dead, info.connected || plan.endsProcess,
            workers.update(id, { $0.willLeave(by: deadline, at: time) }) == true
        else { return disconnect(&self) }
        disconnect(&self)
        guard let worker = workers[id]?.snapshot else { return }
        emit(.leaving, worker: worker, requestID: cause.requestID, because: cause, at: time)
    }

    /// The worker is to leave. ``sayFarewell(within:)`` tells it.
    mutating func willDisconnect(_ id: WorkerID, because cause: Cause) {
        // The channel of a dead worker is closed next.
        guard let record = workers[id], record.info.connected, !record.info.dead, !record.isLeaving else { return }
        let addresses = record.served.values.compactMap { handles[$0]?.announcedAddress }
        workers.update(id) { record in
            record.willDisconnect(because: cause)
            for address in addresses { record.didStopListening(on: address) }
        }
    }

    private mutating func disconnectAbruptly(_ id: WorkerID, _ cause: Cause) {
        guard workers[id]?.info.connected == true else { return }
        workers.update(id) { $0.willCloseChannel(because: cause) }
        act(.closeChannel(id))
    }

    /// Asks all workers to leave (`cluster.disconnect`). From here on the sockets close with their last worker. Workers
    /// that are ordered and not forked yet are not forked: nobody would tell them to leave.
    mutating func disconnectAll(
        within limit: Duration?, requestID: String?, at time: Timestamp, now: Instant
    ) throws(ClusterError) -> [WorkerInfo] {
        try checkRunning()
        intent = .none
        forkOrders = [:]
        let cause = Cause.command(requestID: requestID)
        let plans = workers.ids.map { (id: $0, plan: plan(for: $0, within: limit)) }
        for (id, plan) in plans {
            tellToGo(id, plan, because: cause, at: time) { $0.willDisconnect(id, because: cause) }
        }
        sayFarewell(within: EndingPlan(within: limit))
        for (id, plan) in plans { startLadder(id, plan, because: cause, now: now) }
        closeAbandonedHandles()
        return workerInfos
    }

    /// Sends a signal (`worker.process.kill`). As in Node, it goes to the process, which may pass it on to processes
    /// that it has started. SIGKILL cannot be passed on, so it goes to the whole session. A worker that is dead already
    /// is not an error.
    mutating func kill(_ id: WorkerID, signal: Signal, requestID: String?) throws(ClusterError) -> WorkerInfo {
        try checkRunning()
        guard let record = workers[id] else { throw .workerNotFound(id) }
        if !record.info.dead, signal != .test {
            workers.update(id) { $0.willSignal(signal, because: .command(requestID: requestID)) }
            act(signal == .kill ? .signalSession(id, signal) : .signal(id, signal))
        }
        return record.info
    }

    /// - Throws: if a message cannot reach the worker.
    func checkSend(to id: WorkerID) throws(ClusterError) {
        try checkRunning()
        guard let record = workers[id] else { throw .workerNotFound(id) }
        guard record.info.connected else {
            throw ClusterError(
                .failedPrecondition, .workerNotConnected, "worker \(id) is not connected any more",
                metadata: ["workerId": "\(id)"])
        }
        guard !record.isSilent else {
            throw ClusterError(
                .failedPrecondition, .workerTakesNoMessages,
                "worker \(id) is steered by signals and has not said that it reads messages; kill sends a signal",
                metadata: ["workerId": "\(id)"])
        }
    }
}
