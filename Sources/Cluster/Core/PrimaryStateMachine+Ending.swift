// SPDX-License-Identifier: Apache-2.0

import Shared

// How workers are ended: the deadline of a disconnect, what a worker leaves behind, and the end of the primary.
extension PrimaryStateMachine {
    typealias Instant = ContinuousClock.Instant

    /// Whether commands are taken.
    enum Phase {
        /// Exits: `stopping`, at ``stop(within:at:now:)``.
        case running
        /// Exits: `stopped`, when nothing of the workers is left, or nothing more can be done.
        case stopping(givesUpAt: Instant)
        case stopped
    }

    /// How long the kernel may take to end a process that was killed. If a process hangs in the kernel, waiting longer
    /// does not help.
    static let killingTime = Duration.seconds(1)

    /// Refused here and not at the entrance, because a command may have been on its way when the end began.
    func checkRunning() throws(ClusterError) {
        guard case .running = phase else {
            throw ClusterError(.unavailable, .shuttingDown, "the primary is stopping and takes no commands")
        }
    }

    // MARK: Deadlines

    /// Of two ladders the earlier steps count.
    mutating func startLadder(_ id: WorkerID, _ plan: EndingPlan, because cause: Cause, now: Instant) {
        guard plan.endsProcess, let record = workers[id], !record.info.dead else { return }
        // Programs treat a second SIGTERM as a demand to stop at once. Somebody who gives a command may mean that. The
        // supervisor does not.
        let wasAsked = cause.isSupervision && plan.killAfter != nil && record.attempts.has(.signal(.terminate))
        let terminates = record.disconnectSignal != .terminate && !record.wasTerminated && !wasAsked
        var ladder = EndingLadder(plan, from: now, terminates: terminates, because: cause)
        if let old = record.ladder { ladder.merge(old) }
        workers.update(id) { $0.ladder = ladder }
        climb(id, now: now)
    }

    /// Takes the steps of the worker's ladder that are due.
    private mutating func climb(_ id: WorkerID, now: Instant) {
        guard let (step, cause) = workers.update(id, { $0.ladder?.takeStep(now: now) }) ?? nil else {
            return wake(at: workers[id]?.ladder?.nextAt)
        }
        switch step {
        case .terminate:
            sayFarewell(to: id)
            workers.update(id) { $0.willTerminate(because: cause) }
            act(.signal(id, .terminate))
            // A stopped process would not get the signal.
            act(.signal(id, .resume))
            // A worker that leaves by itself may serve until now. A connection that came after this would be lost at
            // its end.
            removeFromHandles(id)
            wake(at: workers[id]?.ladder?.nextAt)
        case .kill:
            workers.update(id) { $0.willSignal(.kill, because: cause) }
            act(.signalSession(id, .kill))
        }
    }

    // MARK: What a worker leaves behind

    /// Its process has ended, and others of its session have not.
    mutating func endSession(of record: WorkerRecord, now: Instant) {
        let id = record.info.id
        let isKilled = record.attempts.has(.signal(.kill))
        let limit = record.isLeaving ? orphanGrace : SessionRemains.patience
        var killAt = record.ladder?.killAt ?? now + limit
        if case .stopping(let givesUpAt) = phase { killAt = min(killAt, givesUpAt - Self.killingTime) }
        let remains = SessionRemains(from: now, killAt: killAt, isKilled: isKilled)
        workers.insert(remains, of: id)
        act(.signalSession(id, isKilled ? .kill : .terminate))
        wake(at: remains.nextAt)
    }

    private mutating func lookAfterSession(_ id: WorkerID, now: Instant) {
        switch workers.updateRemains(of: id, { $0.takeStep(now: now) }) ?? nil {
        case .look: act(.lookForSession(id))
        case .kill: act(.signalSession(id, .kill))
        case .giveUp: return forgetSession(id)
        case nil: break
        }
        wake(at: workers.remains(of: id)?.nextAt)
    }

    /// Its session is empty.
    mutating func didEndSession(_ id: WorkerID) {
        guard workers.remains(of: id) != nil else { return }
        forgetSession(id)
        finishIfStopped()
    }

    private mutating func forgetSession(_ id: WorkerID) {
        workers.removeRemains(of: id)
        act(.forgetSession(id))
    }

    // MARK: The end

    /// Tells all workers to go and takes no commands from here on. Reported by the action `didStop`.
    ///
    /// - Parameter grace: SIGKILL comes after it. A second call may shorten it.
    mutating func stop(within grace: Duration, at time: Timestamp, now: Instant) {
        var givesUpAt = now + grace + Self.killingTime
        switch phase {
        case .running: break
        case .stopping(let before): givesUpAt = min(givesUpAt, before)
        case .stopped: return act(.didStop(left: workers.ids))
        }
        phase = .stopping(givesUpAt: givesUpAt)
        intent = .none
        forkOrders = [:]
        let plan = EndingPlan(within: grace)
        let ids = workers.ids
        for id in ids { tellToGo(id, plan, because: .stop, at: time) { $0.willDisconnect(id, because: .stop) } }
        sayFarewell(within: plan)
        for id in ids { startLadder(id, plan, because: .stop, now: now) }
        closeAbandonedHandles()
        for id in workers.idsOfRemains {
            workers.updateRemains(of: id) { $0.hurry(killAt: now + grace) }
            lookAfterSession(id, now: now)
        }
        wake(at: givesUpAt)
        finishIfStopped()
    }

    mutating func finishIfStopped() {
        guard case .stopping = phase, workers.isEmpty, !workers.hasRemains else { return }
        phase = .stopped
        act(.didStop(left: []))
    }

    // MARK: Time

    /// Asks for ``didWake(now:)`` at this moment, or before.
    mutating func wake(at moment: Instant?) {
        guard let moment, nextWake.map({ moment < $0 }) ?? true else { return }
        nextWake = moment
        act(.wake(at: moment))
    }

    /// The moment that was asked for has come.
    mutating func didWake(now: Instant) {
        nextWake = nil
        for id in workers.ids { climb(id, now: now) }
        for id in workers.idsOfRemains { lookAfterSession(id, now: now) }
        guard case .stopping(let givesUpAt) = phase else { return }
        finishIfStopped()
        guard case .stopping = phase else { return }
        guard now >= givesUpAt else { return wake(at: givesUpAt) }
        phase = .stopped
        act(.didStop(left: workers.ids))
    }
}
