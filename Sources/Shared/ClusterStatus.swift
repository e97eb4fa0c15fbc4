// SPDX-License-Identifier: Apache-2.0

/// The primary at a glance.
public struct ClusterStatus: Hashable, Sendable {
    /// The settings for future forks.
    public var settings: ClusterSettings
    /// How many workers there are, by state.
    public var workers: WorkerCounts
    /// The sockets that the primary keeps for its workers.
    public var handles: [HandleInfo]

    /// A status of these parts.
    public init(settings: ClusterSettings, workers: WorkerCounts, handles: [HandleInfo]) {
        self.settings = settings
        self.workers = workers
        self.handles = handles
    }
}
