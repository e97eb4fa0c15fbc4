// SPDX-License-Identifier: Apache-2.0

public import Shared

/// A primary's counts since it began, for monitoring.
public struct PrimaryStatistics: Sendable {
    /// Workers that were to be started, whether that worked or not.
    public internal(set) var forks: UInt64 = 0
    /// Connections that a worker has taken.
    public internal(set) var connectionsHandedOver: UInt64 = 0
    /// Connections that a worker has declined, and that went to another.
    public internal(set) var connectionsDeclined: UInt64 = 0
    /// Connections that came back from a worker which left before it had taken them.
    public internal(set) var connectionsReturned: UInt64 = 0
    /// From sending a connection to a worker until its answer.
    public internal(set) var handoverLatency = LatencyHistogram()
    /// Over all workers' channels, including those that are gone.
    public internal(set) var traffic = ChannelTraffic()
    /// Of each live worker.
    public internal(set) var channels: [WorkerID: ChannelStatistics] = [:]

    mutating func count(_ event: PrimaryEvent) {
        if case .fork = event.kind { forks += 1 }
    }
}
