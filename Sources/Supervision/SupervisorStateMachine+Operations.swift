// SPDX-License-Identifier: Apache-2.0

public import Shared

// What takes a while and ends with a verdict. One operation runs at a time.
extension SupervisorStateMachine {
    /// Makes `count` the desired number of workers. It is done when that many are ready and the others have ended. If one of
    /// those that it waits for fails, it is aborted; the number stays, and the supervisor goes on trying.
    ///
    /// - Throws: `INVALID_FIELD`, `EXEC_NOT_SET`, `OPERATION_UNDER_WAY`, `SHUTTING_DOWN`
    public mutating func scale(
        to count: Int, _ request: OperationRequest, at moment: Moment
    ) throws(ClusterError) -> OperationInfo {
        try checkRunning()
        try check(workers: count)
        let cause = SupervisorCause(.scale, origin: request.origin)
        try makeWay(for: request, at: moment)
        let leaving = changeDesired(to: count, because: cause, at: moment)
        tryAgain(because: cause)
        var operation = Operation(request, .scale, .scaling, at: moment.time)
        operation.departures = Set(leaving)
        for instance in instances.values where !isReady(instance) {
            operation.set(instance.number, Operation.Target(state: .underWay, worker: instance.worker))
        }
        return begin(operation, at: moment)
    }

    /// Replaces the workers of these instances, new ones first, one at a time.
    ///
    /// - Throws: `INVALID_FIELD`, `INSTANCE_NOT_FOUND`, `OPERATION_UNDER_WAY`, `SHUTTING_DOWN`
    public mutating func restart(
        instances numbers: Set<Int>, _ request: OperationRequest, at moment: Moment
    ) throws(ClusterError) -> OperationInfo {
        try checkRunning()
        if let missing = numbers.sorted().first(where: { instances[$0] == nil }) {
            throw ClusterError(
                .notFound, .instanceNotFound, "instance \(missing) does not exist", metadata: ["instance": "\(missing)"]
            )
        }
        guard !numbers.isEmpty, let revision = revisions.good else {
            throw ClusterError(
                .invalidArgument, .invalidField, "instances must name at least one", metadata: ["field": "instances"])
        }
        try makeWay(for: request, at: moment)
        let rollout = Rollout(
            revision: revision, surge: 1, unavailable: 0, floor: readyCount, down: down, terms: policy.terms,
            ladder: policy.ladder)
        var operation = Operation(request, .restart, .rolling(rollout), at: moment.time)
        for number in numbers { operation.set(number, Operation.Target(state: .waiting)) }
        return begin(operation, at: moment)
    }

    /// Replaces all supervised workers by workers of another revision. If one of these fails, the reload is aborted and the
    /// old workers that are left serve on.
    ///
    /// - Throws: `INVALID_FIELD`, `OPERATION_UNDER_WAY`, `SHUTTING_DOWN`
    public mutating func reload(
        _ plan: ReloadPlan, _ request: OperationRequest, at moment: Moment
    ) throws(ClusterError) -> OperationInfo {
        try checkRunning()
        let limits = try plan.resolve(instances: instances.count)
        var policy = policy
        policy.readyTimeoutMs = plan.readyTimeoutMs ?? policy.readyTimeoutMs
        policy.minReadyMs = plan.minReadyMs ?? policy.minReadyMs
        policy.drainTimeoutMs = plan.drainTimeoutMs ?? policy.drainTimeoutMs
        try policy.validate()
        try makeWay(for: request, at: moment)
        let rollout = Rollout(
            revision: plan.revision, surge: limits.surge, unavailable: limits.unavailable,
            floor: readyCount - limits.unavailable, down: down, terms: policy.terms, ladder: policy.ladder,
            rejection: plan.rejection)
        var operation = Operation(request, .reload, .rolling(rollout), at: moment.time)
        operation.unsupervised = plan.unsupervised
        for number in instances.keys { operation.set(number, Operation.Target(state: .waiting)) }
        return begin(operation, at: moment)
    }

    /// Ends the operation before it is done. Its new workers that have not proved good yet are stopped; what it has replaced
    /// stays. If it only waits for old workers to end, it has succeeded.
    ///
    /// - Throws: `OPERATION_NOT_FOUND`, if it is not under way; `SHUTTING_DOWN`
    public mutating func cancel(_ id: OperationID, origin: String?, at moment: Moment) throws(ClusterError)
        -> OperationInfo
    {
        try checkRunning()
        guard let operation, operation.id == id else {
            throw ClusterError(
                .notFound, .operationNotFound, "operation \(id) is not under way", metadata: ["operation": "\(id)"])
        }
        let info = end(operation, because: SupervisorCause(.withdrawn, origin: origin), at: moment)
        settle(at: moment)
        return info
    }

    /// The operation that is under way, if any.
    public var operationUnderWay: OperationInfo? { operation?.info }

    /// The instances that have no worker.
    private var down: Set<Int> {
        Set(instances.values.lazy.filter(\.isEmpty).map(\.number))
    }

    // MARK: One at a time

    /// - Throws: `OPERATION_UNDER_WAY`, if another operation has not done its work and is not to be cancelled.
    private mutating func makeWay(
        for request: OperationRequest, at moment: Moment
    ) throws(ClusterError) {
        let cause = SupervisorCause(.withdrawn, origin: request.origin)
        if let operation {
            // An operation that only waits for old workers does not delay the next one.
            if request.conflict == .refuse, operation.work != .draining {
                throw ClusterError(
                    .aborted, .operationUnderWay,
                    "operation \(operation.id) (\(operation.kind.rawValue)) is under way; wait for it, cancel it, or use force",
                    metadata: ["operation": "\(operation.id)", "kind": operation.kind.rawValue])
            }
            end(operation, because: cause, at: moment)
        }
        withdrawUpkeep(because: cause)
    }

    private mutating func begin(_ operation: Operation, at moment: Moment) -> OperationInfo {
        self.operation = operation
        report(.operationBegan(operation.info), because: operation.cause, at: moment)
        if operation.kind != .scale { tryAgain(because: operation.cause, except: operation.targets) }
        settle(at: moment)
        // If there was nothing to do, the operation is done by now and its verdict is on its way.
        return self.operation?.info ?? lastEnded ?? operation.info
    }

    /// Ends the operation with the verdict that it has if it must stop now.
    @discardableResult
    private mutating func end(
        _ operation: Operation, because cause: SupervisorCause, at moment: Moment
    ) -> OperationInfo {
        switch operation.work {
        case .draining: finish(.succeeded, at: moment)
        case .aborting: finish(.aborted, at: moment)
        case .scaling: finish(.cancelled, at: moment)
        case .rolling:
            finish(.cancelled, at: moment)
            for number in operation.underWay.sorted() { withdrawStep(number, because: cause) }
        }
        return lastEnded ?? operation.info
    }

    // MARK: The end

    mutating func finish(_ verdict: OperationInfo.Verdict, at moment: Moment) {
        guard let operation else { return }
        self.operation = nil
        var info = operation.info
        info.verdict = verdict
        info.phase = .done
        info.endedAt = moment.time
        info.failure = operation.failure
        lastEnded = info
        report(.operationEnded(info), because: operation.cause, at: moment)
        act(.settle(info))
    }

    /// A worker of the operation has failed. What the operation has begun for other instances is undone.
    mutating func beginAbort(at number: Int, at moment: Moment) {
        guard let operation else { return }
        mark(number, .failed, at: moment)
        // Nothing is begun any more, and the last good revision counts again.
        self.operation?.work = .draining
        guard let rollout = operation.rollout else { return }
        if operation.kind == .reload { act(.judge(rollout.revision.id, .bad)) }
        for step in operation.underWay.sorted() where step != number {
            withdrawStep(step, because: SupervisorCause(.withdrawn, origin: operation.origin))
        }
    }

    /// - Parameter awaiting: the worker that failed, if it has not ended yet: its last words belong to the verdict.
    mutating func concludeAbort(_ failure: WorkerFailure, awaiting: WorkerID?, at moment: Moment) {
        operation?.failure = failure
        guard let awaiting, let kill = policy.stopLadder.kill else { return finish(.aborted, at: moment) }
        // Not forever, because a process can hang in the kernel.
        let until = moment.instant + kill + .seconds(1)
        operation?.work = .aborting(awaiting, until: until)
        wake(at: until)
    }

    /// Goes back to the last good revision in an instance that has begun to get another one.
    private mutating func withdrawStep(_ number: Int, because cause: SupervisorCause) {
        switch instances[number]?.state {
        case .replacing:
            withdrawSuccessor(of: number, because: cause)
        case .forking(let ticket):
            guard forks[ticket]?.revision != revisions.good else { return }
            withdraw(ticket)
            refill(number, because: cause)
        case .running(let worker):
            guard workers[worker]?.revision != revisions.good else { return }
            leave(worker, policy.stopLadder, because: cause)
            refill(number, because: cause)
        case .backingOff, .gaveUp, nil:
            break
        }
    }
}
