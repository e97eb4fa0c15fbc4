// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Supervision

/// The agent's interface to a supervisor. Tests have their own.
protocol ClusterSupervisor: Sendable {
    /// The state of the primary and the supervisor at one moment.
    var overview: (cluster: ClusterStatus, supervision: SupervisionStatus) { get async }
    /// The live workers, what the supervisor knows of them, and what those that are chosen do, at one moment.
    func observed(measuring choose: @Sendable ([WorkerInfo]) -> [WorkerID]) async -> ObservedWorkers
    var status: SupervisionStatus { get async }
    var instances: [InstanceInfo] { get async }
    var policy: SupervisionPolicy { get async }
    var views: [WorkerID: SupervisedWorkerView] { get async }
    /// The operation that is under way, then the last ones that ended, newest first.
    var recentOperations: [OperationInfo] { get async }
    /// Why the newest fork failed; nil once one has succeeded.
    var forkError: ClusterError? { get async }

    func start(workers: Int, environment: [String: String]) async throws(ClusterError)
    func supervise(_ patch: SupervisionPatch) async throws(ClusterError) -> SupervisionPolicy
    func scale(to workers: Int, _ request: OperationRequest) async throws(ClusterError) -> OperationInfo
    func restart(worker: WorkerID, _ request: OperationRequest) async throws(ClusterError) -> OperationInfo
    func reload(
        with patch: SettingsPatch?, _ request: OperationRequest, adjust: @Sendable (inout ReloadPlan) -> Void
    ) async throws(ClusterError) -> OperationInfo
    func cancel(_ id: OperationID, origin: String?) async throws(ClusterError) -> OperationInfo
    func wait(for id: OperationID) async throws -> OperationInfo
}

extension Supervisor: ClusterSupervisor {}
