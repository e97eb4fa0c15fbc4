// SPDX-License-Identifier: Apache-2.0

import Shared

// What follows if an instance loses a worker.
extension SupervisorStateMachine {
    /// A worker has ended, and nobody had asked it to.
    mutating func didEnd(_ record: SupervisedWorker, _ failure: WorkerFailure, at moment: Moment) {
        guard let position = instances[record.instance]?.position(of: record.id) else { return }
        workers[record.id] = nil
        lose(
            record.instance, position, record.revision.id, failure, served: record.served(at: moment.instant),
            at: moment)
    }

    /// Stops a worker that serves nobody.
    mutating func giveUp(_ worker: WorkerID, because reason: WorkerFailure.Reason, at moment: Moment) {
        guard let record = workers[worker], let position = instances[record.instance]?.position(of: worker) else {
            return
        }
        let ladder = endingLadder(of: record, reason)
        if let command = record.asked(at: moment.instant), reason != .unresponsive {
            leave(worker, ladder, because: SupervisorCause(.kill, origin: command.origin))
            return replaceKilled(record, position, origin: command.origin, at: moment)
        }
        let failure = WorkerFailure(instance: record.instance, workerId: worker, reason: reason, at: moment.time)
        leave(worker, ladder, because: SupervisorCause(failure.cause), failure: reason)
        lose(
            record.instance, position, record.revision.id, failure, served: record.served(at: moment.instant),
            awaiting: worker, at: moment)
    }

    /// How a worker that is given up is ended. One that was ready may still serve somebody, so it drains.
    private func endingLadder(of record: SupervisedWorker, _ reason: WorkerFailure.Reason) -> DrainLadder {
        switch reason {
        case .disconnected: policy.unaskableLadder
        // The verdict of an operation waits for its end.
        case .notReady: record.wasReady && !decides(record) ? policy.ladder : policy.stopLadder
        case .unresponsive, .exited, .signaled, .spawnFailed: policy.stopLadder
        }
    }

    /// An instance has lost a worker, or the fork of one, without a command.
    ///
    /// - Parameters:
    ///   - served: how long the worker was ready.
    ///   - awaiting: the worker, if it has not ended yet.
    mutating func lose(
        _ number: Int, _ position: Instance.Position, _ revision: RevisionID, _ failure: WorkerFailure,
        served: Duration, awaiting: WorkerID? = nil, at moment: Moment
    ) {
        let isDecisive = position.isNew && operation?.dependsOn(number, revision) == true
        if isDecisive { beginAbort(at: number, at: moment) }
        var failure = failure
        switch position {
        case .only:
            failure = replaceAfterFailure(number, failure, served: served, at: moment)
        case .old(let successor):
            instances[number]?.state = successor.alone
            instances[number]?.streak.note(at: moment.instant, served: served, policy)
            if let instance = instances[number], !isReady(instance) { instances[number]?.health = .troubled }
            record(failure)
        case .successor(let old):
            instances[number]?.state = .running(old)
            record(failure)
            if !isDecisive { putOffUpkeep(of: old, at: moment) }
        }
        if isDecisive { concludeAbort(failure, awaiting: awaiting, at: moment) }
    }

    /// The instance has no worker left.
    ///
    /// - Returns: the failure, with the time of the next try.
    private mutating func replaceAfterFailure(
        _ number: Int, _ failure: WorkerFailure, served: Duration, at moment: Moment
    ) -> WorkerFailure {
        guard policy.restart.replaces(after: failure) else {
            record(failure)
            remove([number], because: SupervisorCause(.policy), at: moment)
            return failure
        }
        let jitter = randomShare()
        guard var instance = instances[number] else { return failure }
        instance.streak.note(at: moment.instant, served: served, policy)
        instance.health = .troubled
        instances[number] = instance
        if instance.streak.isTooLong(at: moment.instant, policy) {
            instances[number]?.state = .gaveUp
            record(failure)
            report(
                .gaveUp(failures: instance.streak.recentCount, periodMs: policy.periodMs),
                because: SupervisorCause(failure.cause), instance: number, worker: failure.workerId, at: moment)
            return failure
        }
        let delay = instance.streak.delay(policy, jitter: jitter)
        report(
            .restart(attempt: instance.streak.inARow, delayMs: delay.milliseconds),
            because: SupervisorCause(failure.cause), instance: number, worker: failure.workerId, at: moment)
        guard delay > .zero else {
            record(failure)
            refill(number, because: SupervisorCause(failure.cause))
            return failure
        }
        var failure = failure
        failure.nextTryAt = moment.time.advanced(by: delay)
        record(failure)
        instances[number]?.state = .backingOff(until: moment.instant + delay)
        wake(at: moment.instant + delay)
        return failure
    }

    /// Somebody killed a worker to get a fresh one. This does not count as a failure.
    mutating func didKill(_ record: SupervisedWorker, origin: String?, at moment: Moment) {
        let number = record.instance
        guard let position = instances[number]?.position(of: record.id) else { return }
        workers[record.id] = nil
        replaceKilled(record, position, origin: origin, at: moment)
    }

    private mutating func replaceKilled(
        _ record: SupervisedWorker, _ position: Instance.Position, origin: String?, at moment: Moment
    ) {
        let number = record.instance
        let cause = SupervisorCause(.kill, origin: origin)
        switch position {
        case .only:
            // An operation goes on even if the policy replaces nobody: somebody has asked for it.
            guard policy.restart != .never || operation?.targets[number]?.state == .underWay else {
                remove([number], because: cause, at: moment)
                return
            }
            report(.restart(attempt: 0, delayMs: 0), because: cause, instance: number, worker: record.id, at: moment)
            refill(number, because: cause)
        case .old(let successor):
            instances[number]?.state = successor.alone
        case .successor(let old):
            report(.restart(attempt: 0, delayMs: 0), because: cause, instance: number, worker: record.id, at: moment)
            let ticket = order(for: number, record.revision, record.terms, because: cause)
            instances[number]?.state = .replacing(old, by: .forking(ticket))
            instances[number]?.restarts += 1
        }
    }

    private mutating func record(_ failure: WorkerFailure) {
        lastFailure = failure
        instances[failure.instance]?.lastFailure = failure
    }

    /// The next try has come.
    mutating func clearNextTry(_ number: Int) {
        instances[number]?.lastFailure?.nextTryAt = nil
        if lastFailure?.instance == number { lastFailure?.nextTryAt = nil }
    }

    /// Call this last, because what has just happened may let instances try again.
    mutating func exitIfAllGaveUp() {
        guard policy.whenGivenUp == .exit, !instances.isEmpty, instances.values.allSatisfy({ $0.state == .gaveUp })
        else {
            hasToldExit = false
            return
        }
        guard !hasToldExit else { return }
        hasToldExit = true
        act(.exit)
    }

    /// Somebody gave a command, so instances that have given up try again.
    ///
    /// - Parameter targets: instances that an operation takes care of.
    mutating func tryAgain(because cause: SupervisorCause, except targets: [Int: Operation.Target] = [:]) {
        for number in instances.keys.sorted() where instances[number]?.state == .gaveUp && targets[number] == nil {
            instances[number]?.streak.forgive()
            refill(number, because: cause)
        }
    }
}

extension RestartPolicy {
    /// Whether a worker is replaced that has ended, or was stopped, in this way.
    fileprivate func replaces(after failure: WorkerFailure) -> Bool {
        switch self {
        case .always: true
        case .onFailure: failure.reason != .exited || failure.code != 0
        case .never: false
        }
    }
}

extension Instance.Position {
    /// Whether the worker is the one that the instance got last.
    var isNew: Bool {
        switch self {
        case .only, .successor: true
        case .old: false
        }
    }
}

extension WorkerFailure {
    fileprivate var cause: SupervisorCause.Reason {
        switch reason {
        case .exited, .signaled, .spawnFailed: .failure
        case .notReady: .notReady
        case .unresponsive: .unresponsive
        case .disconnected: .channelClosed
        }
    }
}
