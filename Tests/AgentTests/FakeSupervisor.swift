// SPDX-License-Identifier: Apache-2.0

import Shared
import Supervision

@testable import Agent

/// A supervisor over a primary without processes: the real rules, and workers that do what a test says.
actor FakeSupervisor: ClusterSupervisor {
    private let primary: FakePrimary
    private var machine: SupervisorStateMachine
    private let revision: Revision
    private var revisionCount = 1
    /// Time stands still, so that a slow machine changes nothing.
    private let now = Moment(instant: .now, time: .now)
    private var ended: [OperationInfo] = []
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private(set) var forkError: ClusterError?
    /// The patches of the reloads so far.
    private(set) var patches: [SettingsPatch?] = []
    private(set) var plans: [ReloadPlan] = []

    /// - Parameter readiness: with `immediately` a worker is ready when it is forked, with `listening` when a test says so.
    init(_ primary: FakePrimary, readiness: Readiness = .immediately) {
        self.primary = primary
        var policy = SupervisionPolicy()
        policy.minReadyMs = 0
        machine = SupervisorStateMachine(policy: policy, maxInstances: 1000, seed: 1)
        revision = Revision(id: RevisionID(rawValue: 1), readiness: readiness)
        machine.setUp(revision)
    }

    var overview: (cluster: ClusterStatus, supervision: SupervisionStatus) {
        get async { (await primary.status, machine.status) }
    }
    func observed(measuring choose: @Sendable ([WorkerInfo]) -> [WorkerID]) async -> ObservedWorkers {
        let workers = await primary.workers
        return ObservedWorkers(
            workers: workers, views: machine.views, figures: await primary.figures(of: choose(workers)))
    }
    var status: SupervisionStatus { machine.status }
    var instances: [InstanceInfo] { machine.instanceInfos(at: now) }
    var policy: SupervisionPolicy { machine.policy }
    var views: [WorkerID: SupervisedWorkerView] { machine.views }
    var recentOperations: [OperationInfo] {
        [machine.operationUnderWay].compactMap(\.self) + ended.reversed()
    }

    func start(workers: Int, environment: [String: String]) async throws(ClusterError) {
        try machine.start(workers: workers, at: now)
        await work()
    }

    func supervise(_ patch: SupervisionPatch) async throws(ClusterError) -> SupervisionPolicy {
        if let etag = patch.etag, etag != policy.etag {
            throw ClusterError(.aborted, .etagMismatch, "another etag", metadata: ["etag": policy.etag])
        }
        let merged = try policy.merging(patch)
        try machine.supervise(merged, at: now)
        return merged
    }

    func scale(to workers: Int, _ request: OperationRequest) async throws(ClusterError) -> OperationInfo {
        let info = try machine.scale(to: workers, request, at: now)
        await work()
        return info
    }

    func restart(worker: WorkerID, _ request: OperationRequest) async throws(ClusterError) -> OperationInfo {
        guard let instance = machine.instance(of: worker) else {
            throw ClusterError(.failedPrecondition, .workerNotSupervised, "nobody keeps worker \(worker)")
        }
        let info = try machine.restart(instances: [instance], request, at: now)
        await work()
        return info
    }

    func reload(
        with patch: SettingsPatch?, _ request: OperationRequest, adjust: @Sendable (inout ReloadPlan) -> Void
    ) async throws(ClusterError) -> OperationInfo {
        revisionCount += 1
        var plan = ReloadPlan(
            to: Revision(id: RevisionID(rawValue: revisionCount), readiness: revision.readiness))
        adjust(&plan)
        let info = try machine.reload(plan, request, at: now)
        patches.append(patch)
        plans.append(plan)
        await work()
        return info
    }

    func cancel(_ id: OperationID, origin: String?) async throws(ClusterError) -> OperationInfo {
        let info = try machine.cancel(id, origin: origin, at: now)
        await work()
        return info
    }

    func wait(for id: OperationID) async throws -> OperationInfo {
        while true {
            if let info = ended.first(where: { $0.id == id }) { return info }
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { waiters.append($0) }
            } onCancel: {
                Task { await self.release() }
            }
        }
    }

    // MARK: What a test makes happen

    func didListen(_ worker: WorkerID) async {
        machine.didSign(worker, .listening, at: now)
        await work()
    }

    /// It ends by itself.
    func didCrash(_ worker: WorkerID, code: Int32 = 1, stderr: String? = nil) async {
        await primary.didExit(worker)
        machine.didExit(
            worker, ExitReport(reason: .exited, code: code, stderr: stderr), because: .itself, at: now)
        await work()
    }

    // MARK: The machine

    private func work() async {
        while let action = machine.nextAction() {
            switch action {
            case .fork(let ticket):
                do throws(ClusterError) {
                    let worker = try await primary.forkOne(
                        instance: ticket.instance, requestID: ticket.because.origin)
                    machine.didFork(ticket.id, worker.id, at: now)
                } catch {
                    forkError = error
                    machine.didFailFork(ticket.id, error, at: now)
                }
            case .leave(let worker, _, let cause):
                let origin = cause.origin
                await primary.didExit(worker, requestID: origin)
                machine.didExit(
                    worker, ExitReport(reason: .disconnected, code: 0, requestId: origin), because: .itself,
                    at: now)
            case .report(let event):
                await primary.note(EventNote(event), requestID: event.because?.origin)
            case .settle(let info):
                ended.append(info)
                release()
            case .heartbeat, .wake, .judge, .exit: break
            }
        }
    }

    private func release() {
        let released = waiters
        waiters = []
        for waiter in released { waiter.resume() }
    }
}
