// SPDX-License-Identifier: Apache-2.0

import Shared

// How many instances there are, and how they get their workers.
extension SupervisorStateMachine {
    /// Adds instances with the lowest free numbers, or removes those with the highest.
    ///
    /// - Returns: the workers that were told to go.
    @discardableResult
    mutating func changeDesired(to count: Int, because cause: SupervisorCause, at moment: Moment) -> [WorkerID] {
        let before = instances.count
        if count < before {
            return remove(Array(instances.keys.sorted().suffix(before - count)), because: cause, at: moment)
        } else if count > before, let revision = revisions.good {
            report(.scale(from: before, to: count), because: cause, at: moment)
            for number in (0..<count).filter({ instances[$0] == nil }).prefix(count - before) {
                instances[number] = Instance(
                    number, waitingFor: order(for: number, revision, policy.terms, because: cause))
            }
        } else if count == before, cause.reason == .scale {
            // Until now the number may have held for this run only.
            report(.scale(from: before, to: count), because: cause, at: moment)
        }
        return []
    }

    /// Removes instances: their workers are told to leave.
    ///
    /// - Returns: the workers that were told to go.
    @discardableResult
    mutating func remove(_ numbers: [Int], because cause: SupervisorCause, at moment: Moment) -> [WorkerID] {
        guard !numbers.isEmpty else { return [] }
        let before = instances.count
        var leaving: [WorkerID] = []
        for number in numbers.sorted(by: >) {
            clearNextTry(number)
            guard let instance = instances.removeValue(forKey: number) else { continue }
            if let ticket = instance.ticket { withdraw(ticket) }
            for worker in [instance.worker, instance.successor] {
                guard let worker, workers[worker] != nil else { continue }
                leave(worker, policy.ladder, because: cause)
                leaving.append(worker)
            }
        }
        report(.scale(from: before, to: instances.count), because: cause, at: moment)
        for number in numbers { dropTarget(number, at: moment) }
        if instances.isEmpty { revisions.takePending() }
        return leaving
    }

    /// Tells a worker to leave. It no longer belongs to its instance.
    mutating func leave(
        _ worker: WorkerID, _ ladder: DrainLadder, because cause: SupervisorCause, failure: WorkerFailure.Reason? = nil
    ) {
        guard let record = workers.removeValue(forKey: worker) else { return }
        var ladder = ladder
        // Nobody can ask it to leave any more, so its time is bounded.
        if case .disconnected = record.stage, ladder.drain == nil { ladder = policy.unaskableLadder }
        departures[worker] = Departure(
            instance: record.instance, failure: failure, isUnlimited: ladder.drain == nil)
        act(.leave(worker, ladder, because: cause))
    }

    /// Forks a worker into an instance that has none.
    ///
    /// - Parameter revision: nil means the last good one, or the reload's if a reload has replaced this instance
    ///   already.
    mutating func refill(_ number: Int, with revision: Revision? = nil, because cause: SupervisorCause) {
        guard let revision = revision ?? self.revision(for: number) else { return }
        let ticket = order(for: number, revision, terms(for: number), because: cause)
        instances[number]?.state = .forking(ticket)
        instances[number]?.restarts += 1
        clearNextTry(number)
    }

    /// Forks a worker beside the one that the instance has.
    mutating func succeed(
        _ worker: WorkerID, with revision: Revision, because cause: SupervisorCause, at moment: Moment
    ) {
        guard let number = workers[worker]?.instance else { return }
        report(.restart(attempt: 0, delayMs: 0), because: cause, instance: number, worker: worker, at: moment)
        let ticket = order(for: number, revision, terms(for: number), because: cause)
        instances[number]?.state = .replacing(worker, by: .forking(ticket))
        instances[number]?.restarts += 1
    }

    /// The successor stays alone.
    mutating func retire(_ old: WorkerID, _ ladder: DrainLadder, because cause: SupervisorCause) {
        guard let number = workers[old]?.instance, case .replacing(old, by: let successor) = instances[number]?.state
        else { return }
        instances[number]?.state = successor.alone
        leave(old, ladder, because: cause)
    }

    /// The old worker stays alone.
    mutating func withdrawSuccessor(of number: Int, because cause: SupervisorCause) {
        guard case .replacing(let old, by: let successor) = instances[number]?.state else { return }
        instances[number]?.state = .running(old)
        switch successor {
        case .forking(let ticket): withdraw(ticket)
        case .worker(let worker): leave(worker, policy.stopLadder, because: cause)
        }
    }

    /// What the next worker of this instance is forked from.
    func revision(for number: Int) -> Revision? {
        guard let operation, let rollout = operation.rollout, let target = operation.targets[number] else {
            return revisions.good
        }
        switch target.state {
        case .underWay, .replaced: return rollout.revision
        case .waiting, .failed: return revisions.good
        }
    }

    private func terms(for number: Int) -> WorkerTerms {
        guard let rollout = operation?.rollout, operation?.targets[number]?.state == .underWay else {
            return policy.terms
        }
        return rollout.terms
    }

    /// How many instances have a worker that is ready.
    var readyCount: Int {
        instances.values.count { isReady($0) }
    }

    func isReady(_ instance: Instance) -> Bool {
        [instance.worker, instance.successor].contains { $0.map { workers[$0]?.isReady == true } ?? false }
    }
}
