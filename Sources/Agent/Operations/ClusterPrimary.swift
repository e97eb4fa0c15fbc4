// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared

/// The agent's interface to a primary. Tests have their own.
protocol ClusterPrimary: Sendable {
    var events: PrimaryEvents { get }
    var settings: ClusterSettings { get async }
    var workers: [WorkerInfo] { get async }
    var status: ClusterStatus { get async }
    var statistics: PrimaryStatistics { get async }
    var lastEventNumber: UInt64 { get async }

    func worker(_ id: WorkerID) async -> WorkerInfo?
    func figures(of ids: [WorkerID]) async -> [WorkerID: WorkerFigures]
    func setupPrimary(_ patch: SettingsPatch, requestID: String?) async throws(ClusterError) -> ClusterSettings
    func fork(
        count: Int, environment: [String: String], requestID: String?
    ) async throws(ClusterError) -> [WorkerInfo]
    func disconnect(
        _ id: WorkerID, abrupt: Bool, within limit: Duration?, requestID: String?
    ) async throws(ClusterError) -> WorkerInfo
    func disconnectAll(within limit: Duration?, requestID: String?) async throws(ClusterError) -> [WorkerInfo]
    func kill(_ id: WorkerID, signal: Signal, requestID: String?) async throws(ClusterError) -> WorkerInfo
    func pause(_ id: WorkerID) async throws(ClusterError) -> WorkerInfo
    func resume(_ id: WorkerID) async throws(ClusterError) -> WorkerInfo
    func send(json: [UInt8], to id: WorkerID) async throws(ClusterError) -> SendOutcome
    func wait(for ids: [WorkerID], until milestone: WorkerMilestone) async throws -> [WorkerInfo]
    func publishMessages(_ on: Bool) async
    func stop(within grace: Duration) async -> [WorkerID]
    func close() async
}

extension Primary: ClusterPrimary {}
