// SPDX-License-Identifier: Apache-2.0

package import Shared

/// What an agent says of itself when it registers.
package struct FleetMember: Hashable, Sendable {
    /// The id of its data directory, a UUID.
    package var id: String
    package var name: String
    package var groups: [String]
    package var endpoints: [String]
    package var hostname: String
    package var version: String
    package var startedAt: Timestamp

    package init(
        id: String = "", name: String, groups: [String] = [], endpoints: [String] = [], hostname: String,
        version: String,
        startedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.groups = groups
        self.endpoints = endpoints
        self.hostname = hostname
        self.version = version
        self.startedAt = startedAt
    }
}

/// What an agent reports every ten seconds.
package struct FleetReport: Hashable, Sendable {
    package var desired: Int
    package var ready: Int
    package var phase: String
    /// How many events wait to be forwarded.
    package var waiting: Int64 = 0

    package init(desired: Int, ready: Int, phase: String) {
        self.desired = desired
        self.ready = ready
        self.phase = phase
    }
}

/// An agent's row in the registry.
struct Registration: Hashable, Sendable {
    let number: Int64
    /// Up to which seq its history has been forwarded. The database may say anything.
    let cursor: Int64
    /// The last event that was forwarded.
    let lastSeq: Int64?
    let lastTime: Timestamp?
    /// Today by the server's clock, in days since 1970.
    let today: Int64
}
