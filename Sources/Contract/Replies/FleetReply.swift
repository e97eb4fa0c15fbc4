// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `GET /v1/fleet`: how this agent stands in its fleet.
public struct FleetReply: Hashable, Codable, Sendable {
    /// Its name there.
    public var name: String
    public var groups: [String]
    /// How others reach its API.
    public var endpoints: [String]
    /// Where the database is, without a password.
    public var database: String
    /// Whether it is registered and forwards.
    public var connected: Bool
    /// Why it is not connected.
    public var trouble: String?
    /// Up to which seq its history is forwarded.
    public var forwardedSeq: Int64
    /// How many events wait.
    public var waiting: Int64
    /// The age of the oldest one that waits.
    public var lagMs: Int64
    /// How many gaps it had to write into the central history since it started.
    public var gaps: Int

    public init(
        name: String, groups: [String], endpoints: [String], database: String, connected: Bool, trouble: String?,
        forwardedSeq: Int64, waiting: Int64, lagMs: Int64, gaps: Int
    ) {
        self.name = name
        self.groups = groups
        self.endpoints = endpoints
        self.database = database
        self.connected = connected
        self.trouble = trouble
        self.forwardedSeq = forwardedSeq
        self.waiting = waiting
        self.lagMs = lagMs
        self.gaps = gaps
    }
}

/// The answer to `GET /v1/fleet/agents`: all listed agents, by name.
public struct FleetAgentsReply: Hashable, Codable, Sendable {
    public var agents: [FleetAgent]

    public init(agents: [FleetAgent]) {
        self.agents = agents
    }
}

/// A page of the fleet's history.
public struct FleetEventsReply: Hashable, Codable, Sendable {
    public var events: [FleetEvent]
    /// Absent at the end.
    public var nextPageToken: String?

    public init(events: [FleetEvent], nextPageToken: String? = nil) {
        self.events = events
        self.nextPageToken = nextPageToken
    }
}

/// The answer to `POST /v1/fleet/agents/{id}:forget`.
public struct ForgetReply: Hashable, Codable, Sendable {
    /// The agent that is no longer listed.
    public var name: String

    public init(name: String) {
        self.name = name
    }
}
