// SPDX-License-Identifier: Apache-2.0

/// What the workers of one instance have done since the primary began, and what they do now.
public struct InstanceStatistics: Hashable, Sendable {
    /// How its workers answered the connections that they were sent.
    public internal(set) var connections = ConnectionCounts()
    /// What went through its workers' channels.
    public internal(set) var traffic = ChannelTraffic()
    /// The CPU time of its workers, and of those of their children that have ended.
    public internal(set) var cpu = Duration.zero
    /// Connections that its workers were sent and have not answered.
    public internal(set) var unanswered = 0
    /// Connections that wait in its workers' own sockets.
    public internal(set) var waiting = 0
    /// Bytes that wait because its workers do not read.
    public internal(set) var queuedBytes = 0
    /// The memory that its workers have in RAM.
    public internal(set) var residentBytes: Int64 = 0
}

/// How workers answered the connections that they were sent.
public struct ConnectionCounts: Hashable, Sendable {
    /// Connections that a worker has taken.
    public internal(set) var handedOver: UInt64 = 0
    /// Connections that a worker has declined, and that went to another.
    public internal(set) var declined: UInt64 = 0
    /// Connections that came back from a worker which left before it had taken them.
    public internal(set) var returned: UInt64 = 0

    static func += (left: inout ConnectionCounts, right: ConnectionCounts) {
        left.handedOver += right.handedOver
        left.declined += right.declined
        left.returned += right.returned
    }
}
