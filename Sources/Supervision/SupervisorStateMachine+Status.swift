// SPDX-License-Identifier: Apache-2.0

public import Shared

// The state as others see it.
extension SupervisorStateMachine {
    /// The running workers compared with the wanted ones.
    public var status: SupervisionStatus {
        SupervisionStatus(phase: statusPhase, desired: instances.count, ready: readyCount, lastFailure: lastFailure)
    }

    private var statusPhase: SupervisionStatus.Phase {
        let missing = instances.values.filter { !isReady($0) }
        if !missing.isEmpty, missing.count == instances.count, missing.allSatisfy({ $0.state == .gaveUp }) {
            return .gaveUp
        }
        if missing.contains(where: { $0.health == .troubled }) {
            return missing.count == instances.count ? .failing : .degraded
        }
        return missing.isEmpty && operation == nil && upkeep.current == nil ? .stable : .progressing
    }

    /// Whether a worker is due that will want the sockets of an earlier one. Until then they stay open.
    public var isReplacementDue: Bool {
        instances.values.contains { !isReady($0) && $0.state != .gaveUp }
    }

    /// All instances by number.
    public func instanceInfos(at moment: Moment) -> [InstanceInfo] {
        instances.values.sorted { $0.number < $1.number }.map { info(of: $0, at: moment) }
    }

    /// The instance that this worker belongs to. Nil if it is not supervised, or was asked to leave.
    public func instance(of worker: WorkerID) -> Int? {
        workers[worker]?.instance
    }

    /// The supervisor's data on all its workers, including leaving ones.
    public var views: [WorkerID: SupervisedWorkerView] {
        var views: [WorkerID: SupervisedWorkerView] = [:]
        for worker in workers.keys { views[worker] = view(of: worker) }
        for worker in departures.keys { views[worker] = view(of: worker) }
        return views
    }

    /// What the supervisor knows of a worker; nil if it is not supervised, or has ended.
    public func view(of worker: WorkerID) -> SupervisedWorkerView? {
        if let record = workers[worker] {
            let isResponsive: Bool? =
                switch record.pulse {
                case .off, .paused: nil
                case .idle, .waiting: true
                case .unresponsive: false
                }
            return SupervisedWorkerView(
                instance: record.instance, revision: record.revision.id, isReady: record.isReady,
                isResponsive: isResponsive, loopDelay: record.pulse.delay,
                silentSince: record.pulse.silentSince)
        }
        return departures[worker].map {
            SupervisedWorkerView(
                instance: $0.instance, revision: nil, isReady: false, isResponsive: nil, loopDelay: nil,
                silentSince: nil)
        }
    }

    private func info(of instance: Instance, at moment: Moment) -> InstanceInfo {
        var info = InstanceInfo(instance: instance.number, state: shownState(of: instance), workerId: instance.worker)
        info.restarts = instance.restarts
        let served = instance.worker.flatMap { workers[$0]?.served(at: moment.instant) } ?? .zero
        info.failuresInARow = served >= policy.stableTime ? 0 : instance.streak.inARow
        info.lastFailure = instance.lastFailure
        info.nextTryAt = instance.lastFailure?.nextTryAt
        return info
    }

    private func shownState(of instance: Instance) -> InstanceInfo.State {
        switch instance.state {
        case .forking: return .starting
        case .replacing: return .replacing
        case .backingOff: return .backingOff
        case .gaveUp: return .gaveUp
        case .running(let worker):
            switch workers[worker]?.stage {
            case .waiting, nil: return .starting
            case .ready: return .ready
            case .disconnected: return .draining
            }
        }
    }
}

/// What the supervisor knows of one of its workers, beyond what the primary knows.
public struct SupervisedWorkerView: Hashable, Sendable {
    /// Nil if its instance was gone by the time it was forked.
    public let instance: Int?
    /// Nil if it was asked to leave.
    public let revision: RevisionID?
    /// Whether it counts as ready.
    public let isReady: Bool
    /// Nil if that is not known: it gets no heartbeats.
    public let isResponsive: Bool?
    /// How long its event loop took to answer the last heartbeat; nil while one is unanswered.
    public let loopDelay: Duration?
    /// When it was sent the heartbeat that it has not answered.
    public let silentSince: ContinuousClock.Instant?

    /// ``loopDelay``, or how long an answer is overdue. So a worker that hangs has a delay too, which grows.
    public func delay(at now: ContinuousClock.Instant) -> Duration? {
        if let loopDelay { return loopDelay }
        let silence = silentSince.map { now - $0 }
        return silence.flatMap { $0 >= Self.usualDelay ? $0 : nil }
    }

    /// An answer that has taken no longer yet says nothing of the loop.
    private static let usualDelay = Duration.milliseconds(100)
}
