// SPDX-License-Identifier: Apache-2.0

import Shared

// What happens because time has passed.
extension SupervisorStateMachine {
    /// The moment that was asked for has come. A call that comes early or late does no harm.
    public mutating func didWake(at moment: Moment) {
        postponeIfLate(at: moment)
        didTakeWake()
        guard phase == .running else { return }
        lookAtTheClock(at: moment)
    }

    /// If the machine is woken late, this program could not run, and the workers perhaps neither. That counts against nobody.
    mutating func postponeIfLate(at moment: Moment) {
        guard let nextWake, nextWake + Self.lateness < moment.instant else { return }
        // And a little more, in which to read what has come.
        let time = moment.instant - nextWake + Self.lateness
        for worker in workers.keys { workers[worker]?.postpone(by: time, at: moment.instant) }
    }

    /// Nobody wakes the machine so late while its program runs.
    private static let lateness = Duration.seconds(1)

    /// Does what is due and asks to be woken for the rest.
    mutating func lookAtTheClock(at moment: Moment) {
        for number in instances.keys.sorted() {
            guard case .backingOff(let until) = instances[number]?.state else { continue }
            if until <= moment.instant {
                refill(number, because: SupervisorCause(.failure))
            } else {
                wake(at: until)
            }
        }
        let isBeat = beginBeat(at: moment.instant)
        for worker in workers.keys.sorted() {
            checkStage(worker, at: moment)
            checkAge(worker, at: moment)
            checkPulse(worker, isBeat: isBeat, at: moment)
        }
        settle(at: moment)
    }

    private mutating func checkStage(_ worker: WorkerID, at moment: Moment) {
        guard let record = workers[worker] else { return }
        switch record.stage {
        case .waiting(let by):
            if isReadyConsumer(record, at: moment) {
                becomeReady(worker, at: moment)
            } else if let by, by <= moment.instant {
                giveUp(worker, because: .notReady, at: moment)
            } else {
                wakeForReadiness(of: record, by: by, at: moment)
            }
        case .disconnected(let nudgeAt?) where nudgeAt <= moment.instant:
            nudge(record, at: moment)
        case .disconnected(let nudgeAt):
            wake(at: nudgeAt)
        case .ready:
            break
        }
    }

    /// Whether it counts as ready by being online: a queue consumer never listens.
    func isReadyConsumer(_ record: SupervisedWorker, at moment: Moment) -> Bool {
        record.revision.readiness == .automatic && !hasListened && record.signs.contains(.online)
            && record.consumerReadyAt <= moment.instant
    }

    /// Asks to be woken when it must be ready, or when it may count as a queue consumer.
    mutating func wakeForReadiness(of record: SupervisedWorker, by deadline: Instant?, at moment: Moment) {
        wake(at: deadline)
        guard deadline == nil, record.revision.readiness == .automatic, record.consumerReadyAt > moment.instant else {
            return
        }
        wake(at: record.consumerReadyAt)
    }

    /// A worker that has closed its channel is still there. With a timer or an open connection pool it would stay
    /// forever.
    private mutating func nudge(_ record: SupervisedWorker, at moment: Moment) {
        if policy.restart == .always {
            return giveUp(record.id, because: .disconnected, at: moment)
        }
        // Only its end tells whether it is to be replaced.
        workers[record.id]?.stage = .disconnected(nudgeAt: nil)
        act(.leave(record.id, policy.unaskableLadder, because: SupervisorCause(.channelClosed)))
    }

    private mutating func checkAge(_ worker: WorkerID, at moment: Moment) {
        guard let record = workers[worker], record.isReady, record.upkeep == .none,
            let retiresAt = record.retiresAt(policy), let maxAgeMs = policy.maxAgeMs
        else { return }
        let dueAt = max(retiresAt, record.upkeepNotBefore ?? retiresAt)
        guard dueAt <= moment.instant else { return wake(at: dueAt) }
        let age = (moment.instant - record.forkedAt).milliseconds
        queueUpkeep(of: record, because: .age, .age(ms: age, maxMs: maxAgeMs), at: moment)
    }
}
