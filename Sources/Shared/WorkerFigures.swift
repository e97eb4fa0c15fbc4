// SPDX-License-Identifier: Apache-2.0

/// What a live worker has done since its fork, and does now: the contract's `WorkerFigures`.
public struct WorkerFigures: Hashable, Codable, Sendable {
    /// The worker's new connections. Those that it accepts from a socket by itself (`none`, `reuseport`) count in ``waiting`` only.
    public struct Connections: Hashable, Codable, Sendable {
        /// Those that the primary gave it and that it has taken.
        public var handedOver: UInt64
        /// Those that it would not have, and that went to another worker.
        public var declined: UInt64
        /// Those that it was sent and has not answered.
        public var unanswered: Int
        /// Those that wait in its own socket. Nil without one (`reuseport`).
        public var waiting: Int?

        /// Connections of these numbers.
        public init(handedOver: UInt64, declined: UInt64, unanswered: Int, waiting: Int?) {
            self.handedOver = handedOver
            self.declined = declined
            self.unanswered = unanswered
            self.waiting = waiting
        }

        /// Absent values are written as null, so that a client always finds the same fields.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(handedOver, forKey: .handedOver)
            try container.encode(declined, forKey: .declined)
            try container.encode(unanswered, forKey: .unanswered)
            try container.encode(waiting, forKey: .waiting)
        }
    }

    /// The worker's new connections.
    public var connections: Connections
    /// How long its event loop took to answer the last heartbeat, in milliseconds. Nil if it gets none, or has not answered.
    public var eventLoopDelayMs: Double?
    /// The CPU time of its process, and of those of its children that have ended, in milliseconds. Nil if the process is gone.
    public var cpuMs: Int64?
    /// The memory that it has in RAM. Nil if the process is gone.
    public var residentBytes: Int64?

    /// Figures of these parts.
    public init(
        connections: Connections, eventLoopDelayMs: Double? = nil, cpuMs: Int64? = nil, residentBytes: Int64? = nil
    ) {
        self.connections = connections
        self.eventLoopDelayMs = eventLoopDelayMs
        self.cpuMs = cpuMs
        self.residentBytes = residentBytes
    }

    /// Absent values are written as null, so that a client always finds the same fields.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(connections, forKey: .connections)
        try container.encode(eventLoopDelayMs, forKey: .eventLoopDelayMs)
        try container.encode(cpuMs, forKey: .cpuMs)
        try container.encode(residentBytes, forKey: .residentBytes)
    }
}
