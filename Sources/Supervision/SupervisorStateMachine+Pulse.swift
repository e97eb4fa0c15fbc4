// SPDX-License-Identifier: Apache-2.0

public import Shared

// Whether workers' event loops run.
extension SupervisorStateMachine {
    /// A worker is online and answers heartbeats: it is no silent program.
    public mutating func didSpeak(_ worker: WorkerID, at moment: Moment) {
        guard phase == .running, let record = workers[worker] else { return }
        if case .disconnected = record.stage { return }
        workers[worker]?.pulse.speak()
        startBeating(at: moment.instant)
    }

    /// A worker is being debugged or was stopped by a signal: its silence means nothing.
    public mutating func didPause(_ worker: WorkerID) {
        workers[worker]?.pulse.pause()
    }

    /// The worker runs again.
    public mutating func didResume(_ worker: WorkerID, at moment: Moment) {
        workers[worker]?.pulse.resume()
        startBeating(at: moment.instant)
    }

    /// A worker has answered the heartbeat with this number.
    ///
    /// - Returns: how long its event loop took; nil if this answer is not awaited any more.
    @discardableResult
    public mutating func didAnswerHeartbeat(_ worker: WorkerID, number: Int, at moment: Moment) -> Duration? {
        guard phase == .running, let record = workers[worker],
            let delay = workers[worker]?.pulse.answer(number, at: moment.instant)
        else { return nil }
        if case .unresponsive = record.pulse {
            report(.responsive(afterMs: delay.milliseconds), instance: record.instance, worker: worker, at: moment)
        }
        return delay
    }

    /// The heartbeat with this number could not be sent. The worker gets the next one.
    public mutating func didSkipHeartbeat(_ worker: WorkerID, number: Int) {
        workers[worker]?.pulse.skip(number)
    }

    /// The time from one heartbeat to the next. Nil if no heartbeats are sent. It is at most a third of the
    /// time after which a worker is unresponsive.
    private var beatInterval: Duration? {
        guard policy.heartbeatMs > 0, policy.unresponsiveMs > 0 else { return nil }
        return .milliseconds(max(1, min(policy.heartbeatMs, policy.unresponsiveMs / 3)))
    }

    private mutating func startBeating(at now: Instant) {
        guard nextBeat == nil, let beatInterval else { return }
        nextBeat = now + beatInterval
        wake(at: nextBeat)
    }

    /// All workers get their heartbeats together, so that the agent sleeps as long as it can.
    ///
    /// - Returns: whether heartbeats are due.
    mutating func beginBeat(at now: Instant) -> Bool {
        guard let beatInterval, workers.values.contains(where: \.pulse.beats) else {
            nextBeat = nil
            return false
        }
        if let nextBeat, nextBeat > now {
            wake(at: nextBeat)
            return false
        }
        nextBeat = now + beatInterval
        wake(at: nextBeat)
        return true
    }

    mutating func checkPulse(_ worker: WorkerID, isBeat: Bool, at moment: Moment) {
        guard let record = workers[worker], beatInterval != nil else { return }
        switch record.pulse {
        case .off, .paused: break
        case .idle:
            guard isBeat else { return }
            beatNumber += 1
            workers[worker]?.pulse = .waiting(number: beatNumber, since: moment.instant)
            act(.heartbeat(worker, number: beatNumber))
            wake(at: moment.instant + .milliseconds(policy.unresponsiveMs))
        case .waiting(let number, let since):
            let limit = since + .milliseconds(policy.unresponsiveMs)
            guard limit <= moment.instant else { return wake(at: limit) }
            workers[worker]?.pulse = .unresponsive(number: number, since: since)
            report(
                .unresponsive(forMs: (moment.instant - since).milliseconds), instance: record.instance,
                worker: worker, at: moment)
            if policy.unresponsive == .restart { giveUp(worker, because: .unresponsive, at: moment) }
        case .unresponsive:
            // The policy may have changed since.
            if policy.unresponsive == .restart { giveUp(worker, because: .unresponsive, at: moment) }
        }
    }
}

extension Pulse {
    /// Whether heartbeats make sense.
    fileprivate var beats: Bool {
        switch self {
        case .off, .paused: false
        case .idle, .waiting, .unresponsive: true
        }
    }
}
