// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Supervision

/// What the agent needs of a supervisor. Tests have one of their own.
protocol ClusterSupervisor: Sendable {
    /// What the primary and the supervisor have to show, of the same moment.
    var overview: (cluster: ClusterStatus, supervision: SupervisionStatus) { get async }
    var status: SupervisionStatus { get async }
    var instances: [InstanceInfo] { get async }
    var policy: SupervisionPolicy { get async }
    var views: [WorkerID: SupervisedWorkerView] { get async }
    /// The operation that is under way, and those that ended last, newest first.
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
