// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Which events of the fleet to read; all that is named must hold.
package struct FleetEventQuery: Hashable, Sendable {
    /// Names of agents. Empty: all agents.
    package var agents: Set<String> = []
    /// Agents of at least one of these groups. Empty: all agents.
    package var groups: Set<String> = []
    /// Empty: every type.
    package var types: Set<EventType> = []
    package var workerID: WorkerID?
    package var requestID: String?
    /// Not older than this.
    package var since: Timestamp?
    /// Older than this.
    package var until: Timestamp?
    /// Where the page before has ended.
    package var position: FleetPosition?
    /// By time, agent and seq.
    package var isDescending = false
    /// How many at most.
    package var limit = 100

    package init() {}
}

/// The place of an event in the order of a page.
package struct FleetPosition: Hashable, Sendable {
    package var time: Timestamp
    /// The agent's number in the registry.
    package var agent: Int64
    package var seq: Int64

    package init(time: Timestamp, agent: Int64, seq: Int64) {
        self.time = time
        self.agent = agent
        self.seq = seq
    }
}

/// Events of the fleet that follow each other.
package struct FleetEventPage: Sendable {
    /// A page ends before it passes this, unless one event alone does.
    static let maxBytes = 4 << 20

    package var events: [FleetEvent] = []
    /// The place of the last one if there are more behind it.
    package var next: FleetPosition?
}
