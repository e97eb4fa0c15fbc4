// SPDX-License-Identifier: Apache-2.0

import Shared

extension PrimaryStateMachine {
    /// How long a program that is not Node's may take to say that it is online.
    static let patience = Duration.seconds(2)

    /// - Parameter isNode: whether Node runs, which always says that it is online.
    mutating func didSpawn(_ id: WorkerID, pid: Int32, isNode: Bool, at time: Timestamp) {
        guard workers.update(id, { $0.didSpawn(pid: pid) }) != nil, let worker = workers[id] else {
            preconditionFailure("a process for a worker that does not exist")
        }
        emit(.fork, of: worker, at: time)
        if worker.isSilent {
            // Nothing else reports that it is online.
            emitOnline(id, at: time)
            if worker.readiness != .notify { didBecomeReady(id, at: time) }
        } else if !isNode {
            act(.awaitWord(id, for: Self.patience))
        }
    }

    /// The program runs and has not said that it is online: it may be any program, such as a shell script.
    mutating func didStaySilent(_ id: WorkerID, at time: Timestamp) {
        guard let record = workers[id], record.info.onlineAt == nil, record.info.connected, !record.info.dead,
            !record.isLeaving
        else { return }
        workers.update(id) { $0.didStaySilent() }
        emitOnline(id, at: time)
    }

    /// The worker gets its `fork` and its `exit`, so that its id is accounted for.
    mutating func didFailSpawn(_ id: WorkerID, at time: Timestamp) {
        guard var worker = workers[id] else { preconditionFailure("a failure of a worker that does not exist") }
        emit(.fork, of: worker, at: time)
        let report = ExitReport(
            reason: .spawnFailed, uptimeMs: 0, maxRssBytes: 0, userMs: 0, systemMs: 0, requestId: worker.forkRequest)
        worker.didExit(report, at: time)
        workers.update(id) { $0 = worker }
        emit(.exit(report), of: worker, at: time)
        letGoOfSockets(id)
        workers.remove(id)
        forgetAttention(to: id)
        finishIfStopped()
    }

    /// The worker says that it runs.
    mutating func didComeOnline(_ id: WorkerID, at time: Timestamp) {
        workers.update(id) { $0.didSpeak() }
        emitOnline(id, at: time)
    }

    private mutating func emitOnline(_ id: WorkerID, at time: Timestamp) {
        guard workers.update(id, { $0.didComeOnline(at: time) }) == true, let record = workers[id] else { return }
        emit(.online, of: record, at: time)
    }

    mutating func didListen(_ id: WorkerID, on address: ListeningAddress, at time: Timestamp) {
        guard workers[id]?.info.connected == true else { return }
        let isTold = workers.update(id) { $0.didListen(on: address, at: time) }
        act(.tellListening(id))
        openSlots(of: id, at: address)
        guard isTold == true, let record = workers[id] else { return }
        emit(.listening(address), of: record, at: time)
    }

    mutating func didReceiveMessage(_ message: WorkerMessage, from id: WorkerID, at time: Timestamp) {
        guard let snapshot = workers[id]?.snapshot else { return }
        emit(.message(message), worker: snapshot, requestID: nil, at: time)
    }

    mutating func didLoseMessage(from id: WorkerID, because reason: String, at time: Timestamp) {
        guard let record = workers[id] else { return }
        emit(.messagesLost(count: 1, since: time, because: reason), worker: record.snapshot, requestID: nil, at: time)
    }

    /// The worker disconnects by itself and waits for this answer before it closes the channel.
    mutating func didAnnounceDisconnect(_ id: WorkerID, sequence: Int) {
        guard workers.update(id, { $0.didAnnounceDisconnect() }) != nil else { return }
        act(.send(id, .acknowledge(sequence)))
    }

    mutating func didCloseChannel(_ id: WorkerID, _ end: ChannelEnd = .closed, at time: Timestamp) {
        guard let record = workers[id], record.info.connected else { return }
        if case .broken(let reason) = end { workers.update(id) { $0.didBreakChannel(because: reason) } }
        // A program that does not use its channel may close it and live on.
        if record.isSilent, !record.info.dead { return }
        removeFromHandles(id)
        forgetAttention(to: id)
        if case .finishing = end {} else { takeBackHandovers(of: id) }
        workers.update(id) { $0.didCloseChannel(at: time) }
        let cause = record.attempts.causeOfChannelEnd
        emit(.disconnect, worker: workers[id]?.snapshot, requestID: cause?.requestID, at: time)
        removeIfGone(id)
    }

    /// The worker has closed its end too. It will not serve the connections that it has not answered by now.
    mutating func didFinishChannel(_ id: WorkerID) {
        guard workers[id]?.info.connected == false else { return }
        takeBackHandovers(of: id)
    }

    mutating func didExit(
        _ id: WorkerID, _ outcome: ProcessOutcome, at time: Timestamp, now: ContinuousClock.Instant
    ) {
        guard let record = workers[id], !record.info.dead else { return }
        let cause = record.attempts.cause(of: outcome)
        let requestID = cause?.requestID
        var report = ExitReport(
            reason: record.reason(of: outcome), code: outcome.code,
            signal: outcome.signal.flatMap(Signal.init(number:)),
            uptimeMs: max(0, time.milliseconds - record.info.forkedAt.milliseconds),
            maxRssBytes: outcome.maxRssBytes, userMs: outcome.userMs, systemMs: outcome.systemMs,
            stderr: outcome.stderr, requestId: requestID)
        // Processes that were killed with it end at this moment too.
        if !record.attempts.has(.signal(.kill)) { report.leftBehind = outcome.survivors }
        report.logSeq = outcome.logSeq
        workers.update(id) { $0.didExit(report, at: time) }
        letGoOfSockets(id)
        didFinishChannel(id)
        emit(
            .exit(report), worker: workers[id]?.snapshot, requestID: requestID, because: cause, at: time)
        workers.update(id) { $0.ladder = nil }
        if !outcome.survivors.isEmpty { endSession(of: record, now: now) }
        removeIfGone(id)
    }

    private mutating func removeIfGone(_ id: WorkerID) {
        guard workers[id]?.isGone == true else { return }
        workers.remove(id)
        forgetAttention(to: id)
        finishIfStopped()
    }
}
