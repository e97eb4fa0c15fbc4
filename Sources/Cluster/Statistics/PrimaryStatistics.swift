// SPDX-License-Identifier: Apache-2.0

/// A primary's counts since it began, for monitoring.
public struct PrimaryStatistics: Sendable {
    /// Workers that were to be started, whether that worked or not.
    public internal(set) var forks: UInt64 = 0
    /// How workers answered the connections that they were sent.
    public internal(set) var connections = ConnectionCounts()
    /// From sending a connection to a worker until its answer.
    public internal(set) var handoverLatency = LatencyHistogram()
    /// Over all workers' channels, including those that are gone.
    public internal(set) var traffic = ChannelTraffic()
    /// Of each instance. Workers that are not supervised are together under nil.
    public internal(set) var instances: [Int?: InstanceStatistics] = [:]

    mutating func count(_ event: PrimaryEvent) {
        if case .fork = event.kind { forks += 1 }
    }

    /// Adds what a worker of this instance has done.
    mutating func add(_ connections: ConnectionCounts, _ traffic: ChannelTraffic, cpu: Duration, of instance: Int?) {
        self.connections += connections
        self.traffic += traffic
        instances[instance, default: InstanceStatistics()].connections += connections
        instances[instance, default: InstanceStatistics()].traffic += traffic
        instances[instance, default: InstanceStatistics()].cpu += cpu
    }
}
