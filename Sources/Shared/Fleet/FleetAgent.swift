// SPDX-License-Identifier: Apache-2.0

/// An agent of the fleet, as the registry has it: the contract's `FleetAgent`.
public struct FleetAgent: Hashable, Codable, Sendable {
    /// What is known of it now.
    public enum State: String, Codable, Sendable, CaseIterable {
        /// It has reported within the last 30 seconds.
        case live
        /// It ended in good order.
        case stopped
        /// It reports no more, and nobody knows why.
        case lost
    }

    /// Its name, which no other listed agent has.
    public var name: String
    /// The id of its data directory.
    public var agentId: String
    /// What is known of it now.
    public var state: State
    /// Names that it shares with other agents.
    public var groups: [String]
    /// How to reach its API: URLs.
    public var endpoints: [String]
    /// The name of its machine.
    public var hostname: String
    /// Its release.
    public var version: String
    /// When it was started, by its own clock.
    public var startedAt: Timestamp
    /// When it reported last, by the database's clock.
    public var lastSeenAt: Timestamp
    /// How many workers it wants.
    public var desired: Int?
    /// How many of them are ready.
    public var ready: Int?
    /// How its supervision stood.
    public var phase: String?
    /// How many of its events were not forwarded yet.
    public var waiting: Int64

    /// An agent of these parts.
    public init(
        name: String, agentId: String, state: State, groups: [String], endpoints: [String], hostname: String,
        version: String, startedAt: Timestamp, lastSeenAt: Timestamp, desired: Int? = nil, ready: Int? = nil,
        phase: String? = nil, waiting: Int64 = 0
    ) {
        self.name = name
        self.agentId = agentId
        self.state = state
        self.groups = groups
        self.endpoints = endpoints
        self.hostname = hostname
        self.version = version
        self.startedAt = startedAt
        self.lastSeenAt = lastSeenAt
        self.desired = desired
        self.ready = ready
        self.phase = phase
        self.waiting = waiting
    }
}
