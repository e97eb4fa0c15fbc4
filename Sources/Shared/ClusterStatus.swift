// SPDX-License-Identifier: Apache-2.0

/// The primary at a glance.
public struct ClusterStatus: Hashable, Sendable {
    public var settings: ClusterSettings
    public var workers: WorkerCounts
    public var handles: [HandleInfo]

    public init(settings: ClusterSettings, workers: WorkerCounts, handles: [HandleInfo]) {
        self.settings = settings
        self.workers = workers
        self.handles = handles
    }
}
