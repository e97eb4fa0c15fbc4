// SPDX-License-Identifier: Apache-2.0

/// The answer to `GET /v1/cluster`: the primary at a glance.
public struct ClusterReply: Hashable, Codable, Sendable {
    public var isPrimary = true
    public var schedulingPolicy: SchedulingPolicy
    public var settings: ClusterSettings
    public var workers: WorkerCounts
    public var handles: [HandleInfo]

    public init(
        schedulingPolicy: SchedulingPolicy, settings: ClusterSettings, workers: WorkerCounts, handles: [HandleInfo]
    ) {
        self.schedulingPolicy = schedulingPolicy
        self.settings = settings
        self.workers = workers
        self.handles = handles
    }
}
