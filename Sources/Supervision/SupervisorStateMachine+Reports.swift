// SPDX-License-Identifier: Apache-2.0

public import Shared

// What the primary reports of its workers.
extension SupervisorStateMachine {
    /// A worker was forked for this ticket.
    public mutating func didFork(_ ticket: ForkTicket.ID, _ worker: WorkerID, at moment: Moment) {
        guard phase == .running else { return }
        guard let fork = forks.removeValue(forKey: ticket), let instance = instances[fork.instance] else {
            // Nobody wants this worker any more.
            departures[worker] = Departure(instance: nil, failure: nil, isUnlimited: false)
            return act(.leave(worker, policy.stopLadder, because: SupervisorCause(.withdrawn)))
        }
        // Up to a quarter earlier and never later, because no worker may be older than the largest age.
        let record = SupervisedWorker(worker, fork, ageShare: 1 - randomShare() / 4, at: moment.instant)
        workers[worker] = record
        switch instance.state {
        case .replacing(let old, by: _): instances[fork.instance]?.state = .replacing(old, by: .worker(worker))
        case .forking, .running, .backingOff, .gaveUp: instances[fork.instance]?.state = .running(worker)
        }
        noteWorker(worker, in: fork.instance, at: moment)
        if case .waiting(let by) = record.stage { wakeForReadiness(of: record, by: by, at: moment) }
        becomeReadyIfDue(worker, at: moment)
        settle(at: moment)
    }

    /// No worker could be forked for this ticket.
    public mutating func didFailFork(_ ticket: ForkTicket.ID, _ error: ClusterError, at moment: Moment) {
        guard phase == .running, let fork = forks.removeValue(forKey: ticket) else { return }
        let failure = WorkerFailure(
            instance: fork.instance, reason: .spawnFailed, message: error.description, at: moment.time)
        let position = instances[fork.instance].flatMap(\.positionOfFork) ?? .only
        lose(fork.instance, position, fork.revision.id, failure, served: .zero, at: moment)
        settle(at: moment)
    }

    /// A worker has done something by which it may count as ready. Workers that are not supervised are reported too.
    public mutating func didSign(_ worker: WorkerID, _ sign: ReadySign, at moment: Moment) {
        if sign == .listening { hasListened = true }
        guard phase == .running, let record = workers[worker] else { return }
        if case .disconnected = record.stage { return }
        workers[worker]?.signs.insert(sign)
        becomeReadyIfDue(worker, at: moment)
        settle(at: moment)
    }

    /// A worker that was ready no longer is: it has closed all of its servers.
    public mutating func didLoseReadiness(_ worker: WorkerID, at moment: Moment) {
        guard phase == .running, let record = workers[worker] else { return }
        var deadline = record.terms.readyTimeout.map { moment.instant + $0 }
        if decides(record) {
            // It gets no second period: a worker that is ready now and then would delay its operation forever.
            deadline = record.terms.readyTimeout.map { record.forkedAt + $0 }
        }
        guard record.isReady else { return }
        workers[worker]?.didLoseReadiness(by: deadline, at: moment.instant)
        if record.asked(at: moment.instant) != nil || deadline.map({ $0 <= moment.instant }) == true {
            giveUp(worker, because: .notReady, at: moment)
        } else {
            wake(at: deadline)
        }
        settle(at: moment)
    }

    /// A command has asked a worker to end, such as `:kill` with SIGTERM. What it does from now on is no failure.
    public mutating func didAskToEnd(_ worker: WorkerID, origin: String?, at moment: Moment) {
        let ladder = policy.ladder
        let time = ladder.drain.flatMap { drain in ladder.kill.map { drain + $0 } }
        workers[worker]?.didAskToEnd(SupervisedWorker.Asked(origin: origin, until: time.map { moment.instant + $0 }))
    }

    /// A worker has closed its channel. Most crashes begin like this, and the end follows at once.
    public mutating func didDisconnect(_ worker: WorkerID, at moment: Moment) {
        guard phase == .running else { return }
        guard let record = workers[worker] else {
            if departures[worker]?.isUnlimited == true {
                act(.leave(worker, policy.unaskableLadder, because: SupervisorCause(.channelClosed)))
            }
            return
        }
        if case .disconnected = record.stage { return }
        workers[worker]?.didDisconnect(nudgeAt: moment.instant + Self.nudgeDelay, at: moment.instant)
        wake(at: moment.instant + Self.nudgeDelay)
        settle(at: moment)
    }

    /// A worker that has closed its channel may take so long to end by itself.
    static let nudgeDelay = Duration.seconds(1)

    /// A worker has ended.
    ///
    /// - Parameter cause: whether a command ended it.
    public mutating func didExit(_ worker: WorkerID, _ exit: ExitReport, because cause: ExitCause, at moment: Moment) {
        guard phase == .running else { return }
        if let departure = departures.removeValue(forKey: worker) {
            didDepart(worker, departure, exit, at: moment)
        } else if let record = workers[worker] {
            switch cause {
            case .itself:
                let failure = WorkerFailure(instance: record.instance, workerId: worker, exit, at: moment.time)
                didEnd(record, failure, at: moment)
            case .command:
                didKill(record, origin: exit.requestId, at: moment)
            }
        }
        settle(at: moment)
    }

    /// A worker that was told to leave has ended.
    private mutating func didDepart(
        _ worker: WorkerID, _ departure: Departure, _ exit: ExitReport, at moment: Moment
    ) {
        operation?.departures.remove(worker)
        if departure.failure != nil {
            if lastFailure?.workerId == worker { lastFailure?.addLastWords(exit) }
            if let number = departure.instance, instances[number]?.lastFailure?.workerId == worker {
                instances[number]?.lastFailure?.addLastWords(exit)
            }
        }
        guard case .aborting(worker, until: _) = operation?.work else { return }
        operation?.failure?.addLastWords(exit)
        finish(.aborted, at: moment)
    }

    private mutating func becomeReadyIfDue(_ worker: WorkerID, at moment: Moment) {
        guard let record = workers[worker], case .waiting = record.stage,
            record.revision.readiness.isMet(by: record.signs) || isReadyConsumer(record, at: moment)
        else { return }
        becomeReady(worker, at: moment)
    }

    mutating func becomeReady(_ worker: WorkerID, at moment: Moment) {
        guard let record = workers[worker] else { return }
        workers[worker]?.didBecomeReady(at: moment.instant)
        revisions.didBecomeReady(record.revision.id)
        instances[record.instance]?.health = .sound
        report(
            .ready(afterMs: (moment.instant - record.forkedAt).milliseconds), instance: record.instance,
            worker: worker, at: moment)
        wake(at: record.retiresAt(policy))
        noteReady(record.instance, at: moment)
    }
}

/// Whether a worker that ended had been asked to.
public enum ExitCause: String, Hashable, Codable, Sendable {
    /// It ended by itself or crashed.
    case itself
    /// Somebody gave a command that fits its end, such as `:kill`.
    case command
}
