// SPDX-License-Identifier: Apache-2.0

import Shared

/// The operation that is under way. It ends with exactly one verdict, whatever happens.
struct Operation: Hashable, Codable, Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Work: Hashable, Codable, Sendable {
        /// Waits until its instances are ready. Exits: `draining`; `aborting`; a verdict.
        case scaling
        /// Replaces its instances' workers. Exits: `draining`; `aborting`; a verdict.
        case rolling(Rollout)
        /// Everything that was asked for is in place, and the old workers end. Exits: a verdict.
        case draining
        /// A worker failed and was stopped. Its last words belong to the verdict. Exits: a verdict.
        case aborting(WorkerID, until: Instant)
    }

    /// One instance's part.
    struct Target: Hashable, Codable, Sendable {
        var state: OperationProgress.Step.State
        var worker: WorkerID?
    }

    let id: OperationID
    let kind: OperationInfo.Kind
    let origin: String?
    let startedAt: Timestamp
    var work: Work
    private(set) var targets: [Int: Target] = [:]
    /// The parts that wait, so that a report need not look through all parts.
    private(set) var waiting: Set<Int> = []
    /// Those of them whose part is under way.
    private(set) var underWay: Set<Int> = []
    /// Old workers that were told to go and have not ended.
    var departures: Set<WorkerID> = []
    /// Why it is aborted.
    var failure: WorkerFailure?
    /// How many workers a reload leaves alone.
    var unsupervised: Int?

    init(_ request: OperationRequest, _ kind: OperationInfo.Kind, _ work: Work, at time: Timestamp) {
        id = request.id
        origin = request.origin
        startedAt = time
        self.kind = kind
        self.work = work
    }

    /// The command behind what the operation does.
    var cause: SupervisorCause {
        switch kind {
        case .scale: SupervisorCause(.scale, origin: origin)
        case .restart: SupervisorCause(.restart, origin: origin)
        case .reload: SupervisorCause(.reload, origin: origin)
        }
    }

    private(set) var replacedCount = 0

    /// Whether a new worker has proved good.
    var hasReplaced: Bool { replacedCount > 0 }

    /// Whether all have their new workers.
    var isComplete: Bool { replacedCount == targets.count }

    mutating func set(_ instance: Int, _ target: Target) {
        remove(instance)
        targets[instance] = target
        switch target.state {
        case .waiting: waiting.insert(instance)
        case .underWay: underWay.insert(instance)
        case .replaced: replacedCount += 1
        case .failed: break
        }
    }

    /// - Returns: false if it has no part in the operation.
    @discardableResult
    mutating func remove(_ instance: Int) -> Bool {
        guard let old = targets.removeValue(forKey: instance) else { return false }
        waiting.remove(instance)
        underWay.remove(instance)
        if old.state == .replaced { replacedCount -= 1 }
        return true
    }

    var rollout: Rollout? {
        if case .rolling(let rollout) = work { rollout } else { nil }
    }

    /// Whether the operation fails if this worker, or the fork of it, does.
    func dependsOn(_ instance: Int, _ revision: RevisionID) -> Bool {
        guard let target = targets[instance] else { return false }
        switch work {
        case .scaling:
            return target.state == .underWay
        case .rolling(let rollout):
            // A release that crashes after its first second is bad too.
            return target.state == .underWay
                || (kind == .reload && target.state == .replaced && revision == rollout.revision.id)
        case .draining, .aborting:
            return false
        }
    }

    var info: OperationInfo {
        let steps = targets.sorted { $0.key < $1.key }.map { step(of: $0.key, $0.value) }
        var info = OperationInfo(
            id: id, kind: kind, phase: phase, startedAt: startedAt, requestId: origin, progress: progress(steps))
        info.unsupervised = unsupervised
        return info
    }

    /// With this instance alone.
    func progress(of instance: Int) -> OperationProgress {
        progress(targets[instance].map { [step(of: instance, $0)] } ?? [])
    }

    private func progress(_ steps: [OperationProgress.Step]) -> OperationProgress {
        OperationProgress(
            total: targets.count, replaced: replacedCount, instances: steps)
    }

    private func step(of instance: Int, _ target: Target) -> OperationProgress.Step {
        OperationProgress.Step(instance: instance, state: target.state, workerId: target.worker)
    }

    private var phase: OperationInfo.Phase {
        switch work {
        case .scaling, .rolling: .rolling
        case .draining: .draining
        case .aborting: .aborting
        }
    }
}

/// How workers are replaced by newer ones.
struct Rollout: Hashable, Codable, Sendable {
    let revision: Revision
    /// Workers that may be there beyond the desired number.
    let surge: Int
    /// Workers that may be missing.
    let unavailable: Int
    /// So many instances stay ready, as far as the operation decides it.
    let floor: Int
    /// Instances that had no worker when it began. The old revision has failed there, so nothing is lost by trying the new
    /// one at once.
    let down: Set<Int>
    let terms: WorkerTerms
    let ladder: DrainLadder
    /// Why a reload to the same revision failed before; nil if none did.
    var rejection: WorkerFailure?
}
