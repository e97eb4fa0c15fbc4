// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Workers that are to be replaced because of a limit, one after the other.
struct UpkeepQueue: Hashable, Codable, Sendable {
    /// Oldest first.
    var waiting: [WorkerID] = []
    /// The instance whose worker is being replaced.
    var current: Int?
    /// The worker that was replaced last, while it ends.
    var departing: WorkerID?
}

// Replaces workers that work but are too large or too old: the new one comes first, one at a time.
extension SupervisorStateMachine {
    /// How many readings in a row must be above the limit. Garbage collectors let memory grow for a moment.
    static let readingsAboveLimit = 3

    /// How much resident memory a worker has.
    public mutating func didMeasure(_ worker: WorkerID, residentBytes: Int64, at moment: Moment) {
        guard phase == .running, let record = workers[worker], let limit = policy.maxMemoryBytes else { return }
        guard residentBytes > limit else {
            return didNotMeasure(worker)
        }
        workers[worker]?.highReadings += 1
        guard record.highReadings + 1 >= Self.readingsAboveLimit, record.isReady, record.upkeep == .none,
            record.upkeepNotBefore.map({ $0 <= moment.instant }) ?? true
        else { return }
        queueUpkeep(of: record, because: .memory, .memory(bytes: residentBytes, maxBytes: limit), at: moment)
        settle(at: moment)
    }

    /// A worker's memory could not be read, or is within the limit, so the readings above it are no longer in a row.
    public mutating func didNotMeasure(_ worker: WorkerID) {
        workers[worker]?.highReadings = 0
    }

    mutating func queueUpkeep(
        of record: SupervisedWorker, because reason: SupervisorCause.Reason, _ limit: SupervisorEvent.Limit,
        at moment: Moment
    ) {
        workers[record.id]?.upkeep = .due(reason)
        upkeep.waiting.append(record.id)
        report(
            .limit(limit), because: SupervisorCause(reason), instance: record.instance, worker: record.id, at: moment)
    }

    /// Continues the replacement that is under way, or begins the next one. Operations come first while they have work
    /// to do. One that only waits for old workers does not count, because it may wait forever.
    mutating func advanceUpkeep(at moment: Moment) {
        guard operation.map({ $0.work == .draining }) ?? true, phase == .running else { return }
        if let number = upkeep.current, case .replacing(let old, by: let successor) = instances[number]?.state {
            guard case .worker(let new) = successor, let goodAt = workers[new]?.goodAt else { return }
            guard goodAt <= moment.instant else { return wake(at: goodAt) }
            retire(old, policy.ladder, because: SupervisorCause(workers[old]?.upkeep.reason ?? .age))
            upkeep.departing = old
        }
        upkeep.current = nil
        if let old = upkeep.departing, departures[old] == nil { upkeep.departing = nil }
        while upkeep.current == nil, let index = nextUpkeep {
            let worker = upkeep.waiting.remove(at: index)
            guard let record = workers[worker], let reason = record.upkeep.reason else { continue }
            guard record.isReady, case .running(worker) = instances[record.instance]?.state,
                let revision = revisions.good
            else {
                workers[worker]?.upkeep = .none
                continue
            }
            succeed(worker, with: revision, because: SupervisorCause(reason), at: moment)
            upkeep.current = record.instance
        }
    }

    /// The place of the next worker in the list. A worker that is too old waits until the last replaced one has ended,
    /// so that there are never two extra workers. One that takes too much memory does not wait.
    private var nextUpkeep: Int? {
        guard upkeep.departing != nil else { return upkeep.waiting.indices.first }
        return upkeep.waiting.firstIndex { workers[$0]?.upkeep.reason != .age }
    }

    /// An operation begins. The replacement is cancelled: the old worker stays and waits again.
    mutating func withdrawUpkeep(because cause: SupervisorCause) {
        guard let number = upkeep.current else { return }
        upkeep.current = nil
        guard case .replacing(let old, by: _) = instances[number]?.state else { return }
        withdrawSuccessor(of: number, because: cause)
        upkeep.waiting.insert(old, at: 0)
    }

    /// Its successor failed, so it is left alone for as long as the longest delay.
    mutating func putOffUpkeep(of worker: WorkerID, at moment: Moment) {
        let next = moment.instant + .milliseconds(policy.backoffMaxMs)
        workers[worker]?.upkeep = .none
        workers[worker]?.highReadings = 0
        workers[worker]?.upkeepNotBefore = next
        if policy.maxAgeMs != nil { wake(at: next) }
    }
}

extension SupervisedWorker.Upkeep {
    fileprivate var reason: SupervisorCause.Reason? {
        if case .due(let reason) = self { reason } else { nil }
    }
}
