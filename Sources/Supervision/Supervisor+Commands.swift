// SPDX-License-Identifier: Apache-2.0

import Cluster
public import Shared

// What callers ask for.
extension Supervisor {
    /// Begins to keep this many workers, of the primary's settings. Returns when all have been forked once.
    ///
    /// - Parameter environment: set over the primary's environment.
    /// - Throws: `INVALID_FIELD`, `EXEC_NOT_SET`, `EXEC_NOT_FOUND`, `EXEC_NOT_EXECUTABLE`, `CWD_NOT_FOUND`,
    ///   `ENV_FILE_NOT_READABLE`, `SHUTTING_DOWN`
    public func start(workers: Int, environment: [String: String] = [:]) async throws(ClusterError) {
        try begin(workers: workers, environment: environment)
        if !forkQueue.isEmpty { await withCheckedContinuation { forkWaiters.append($0) } }
    }

    private func begin(workers: Int, environment: [String: String]) throws(ClusterError) {
        self.environment = environment
        let settings = primary.assumeIsolated { $0.settings }
        if settings.exec != nil {
            let revision = try insert(WorkerRevision(settings: settings, environment: environment))
            machine.setUp(revision)
        }
        observe()
        try perform { machine throws(ClusterError) in try machine.start(workers: workers, at: .now) }
    }

    /// Changes the policy. Times that run already, such as a backoff, do not change.
    ///
    /// - Throws: `INVALID_FIELD` with the field; `SHUTTING_DOWN`
    public func supervise(_ policy: SupervisionPolicy) throws(ClusterError) {
        hearAwaited()
        try perform { machine throws(ClusterError) in try machine.supervise(policy, at: .now) }
    }

    /// Merges a patch into the policy.
    ///
    /// - Returns: the policy that holds from now on.
    /// - Throws: `INVALID_FIELD` with the field; `ETAG_MISMATCH`; `SHUTTING_DOWN`
    @discardableResult
    public func supervise(_ patch: SupervisionPatch) throws(ClusterError) -> SupervisionPolicy {
        if let etag = patch.etag, etag != policy.etag {
            throw ClusterError(
                .aborted, .etagMismatch,
                "the policy has changed: its etag is \(policy.etag), not \(etag); read it again",
                metadata: ["etag": policy.etag])
        }
        let merged = try policy.merging(patch)
        try supervise(merged)
        return merged
    }

    /// Makes `workers` the desired number. The operation is done when that many are ready and the others have ended.
    ///
    /// - Throws: `INVALID_FIELD`, `EXEC_NOT_SET`, `OPERATION_UNDER_WAY`, `SHUTTING_DOWN`
    @discardableResult
    public func scale(
        to workers: Int, _ request: OperationRequest = .anonymous()
    ) throws(ClusterError) -> OperationInfo {
        try perform { machine throws(ClusterError) in try machine.scale(to: workers, request, at: .now) }
    }

    /// Replaces the workers of these instances, new ones first, one at a time.
    ///
    /// - Throws: `INVALID_FIELD`, `INSTANCE_NOT_FOUND`, `OPERATION_UNDER_WAY`, `SHUTTING_DOWN`
    @discardableResult
    public func restart(
        instances: Set<Int>, _ request: OperationRequest = .anonymous()
    ) throws(ClusterError) -> OperationInfo {
        try perform { machine throws(ClusterError) in
            try machine.restart(instances: instances, request, at: .now)
        }
    }

    /// Replaces a worker, the new one first.
    ///
    /// - Throws: `WORKER_NOT_SUPERVISED`, also if it was told to go; `OPERATION_UNDER_WAY`, `SHUTTING_DOWN`
    @discardableResult
    public func restart(
        worker: WorkerID, _ request: OperationRequest = .anonymous()
    ) throws(ClusterError) -> OperationInfo {
        guard let instance = machine.instance(of: worker) else {
            throw ClusterError(
                .failedPrecondition, .workerNotSupervised,
                "worker \(worker) is not kept by the supervisor, or was told to go; fork and disconnect it instead",
                metadata: ["workerId": "\(worker)"])
        }
        return try restart(instances: [instance], request)
    }

    /// Replaces all supervised workers, new ones first. If a new worker fails, the reload is aborted and the old workers that
    /// are left serve on.
    ///
    /// - Parameters:
    ///   - patch: merged into the primary's settings if the reload succeeds. Nil: the settings stay.
    ///   - adjust: sets how it goes, such as ``ReloadPlan/maxSurge``.
    /// - Throws: `INVALID_FIELD`, `ETAG_MISMATCH`, `POLICY_FROZEN`, `EXEC_NOT_SET`, `EXEC_NOT_FOUND`, `EXEC_NOT_EXECUTABLE`,
    ///   `CWD_NOT_FOUND`, `ENV_FILE_NOT_READABLE`, `OPERATION_UNDER_WAY`, `SHUTTING_DOWN`
    @discardableResult
    public func reload(
        with patch: SettingsPatch? = nil, _ request: OperationRequest = .anonymous(),
        adjust: @Sendable (inout ReloadPlan) -> Void = { _ in }
    ) throws(ClusterError) -> OperationInfo {
        let settings = try settings(with: patch)
        guard settings.exec != nil else {
            throw ClusterError(
                .failedPrecondition, .execNotSet, "there is nothing to run: name a program with setupPrimary (exec)")
        }
        observe()
        // The etag has been checked. When the reload succeeds, the settings may have another one.
        var adopted = patch
        adopted?.etag = nil
        let new = WorkerRevision(settings: settings, environment: environment)
        let inserted = try insert(new, patch: adopted)
        var plan = ReloadPlan(to: inserted)
        plan.rejection = revisions[inserted.id].flatMap { rejected[Release($0)] }
        plan.unsupervised = primary.assumeIsolated { primary in
            primary.workers.count { !$0.supervised && !$0.dead }
        }
        adjust(&plan)
        defer { forgetRevisions() }
        return try perform { machine throws(ClusterError) in try machine.reload(plan, request, at: .now) }
    }

    private func settings(with patch: SettingsPatch?) throws(ClusterError) -> ClusterSettings {
        guard let patch else { return primary.assumeIsolated { $0.settings } }
        let result = primary.assumeIsolated { primary in
            Swift.Result { () throws(ClusterError) in try primary.previewSetup(patch) }
        }
        return try result.get()
    }

    /// Ends the operation before it is done. What it has replaced stays.
    ///
    /// - Throws: `OPERATION_NOT_FOUND`, if it is not under way; `SHUTTING_DOWN`
    @discardableResult
    public func cancel(_ id: OperationID, origin: String? = nil) throws(ClusterError) -> OperationInfo {
        try perform { machine throws(ClusterError) in try machine.cancel(id, origin: origin, at: .now) }
    }

    // MARK: Operations

    /// The operation that is under way, if there is one, and those that ended last, newest first.
    public var recentOperations: [OperationInfo] {
        [machine.operationUnderWay].compactMap(\.self) + operations.ended.reversed()
    }

    /// Waits for an operation's verdict. Cancelling the task ends the wait with `CancellationError`, and not the operation.
    ///
    /// - Throws: `OPERATION_NOT_FOUND`, also for one that ended before the last 100.
    public func wait(for id: OperationID) async throws -> OperationInfo {
        let ticket = operations.makeTicket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                if let info = operations[id] { return continuation.resume(returning: info) }
                guard machine.operationUnderWay?.id == id else {
                    return continuation.resume(
                        throwing: ClusterError(
                            .notFound, .operationNotFound, "operation \(id) is not known",
                            metadata: ["operation": "\(id)"]))
                }
                operations.add(continuation, ticket: ticket, id)
            }
        } onCancel: {
            Task { await self.cancelWait(ticket) }
        }
    }

    private func cancelWait(_ ticket: Int) {
        operations.cancel(ticket)
    }
}

extension OperationRequest {
    /// For a program that has no ids of its own for its operations.
    public static func anonymous(conflict: Conflict = .refuse) -> OperationRequest {
        let number = UInt64.random(in: .min ... .max)
        return OperationRequest(id: OperationID(rawValue: String(number, radix: 36)), conflict: conflict)
    }
}
