// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Which workers of the fleet to read, by agent and id.
package struct FleetWorkerQuery: Hashable, Sendable {
    /// Names of agents. Empty: all agents.
    package var agents: Set<String> = []
    /// Agents of at least one of these groups. Empty: all agents.
    package var groups: Set<String> = []
    /// Empty: every state.
    package var states: Set<WorkerState> = []
    /// Also those that have ended.
    package var includesGone = false
    /// Exclusive.
    package var after: FleetWorkerPosition?
    /// How many at most.
    package var limit = 100

    package init() {}
}

/// The place of a worker in the order of a page.
package struct FleetWorkerPosition: Hashable, Sendable {
    package var agent: Int64
    package var id: Int64

    package init(agent: Int64, id: Int64) {
        self.agent = agent
        self.id = id
    }
}

/// A worker in the words of its agent, which may be newer.
package struct FleetWorkerText: Hashable, Sendable {
    package var agent: String
    /// A JSON object.
    package var info: [UInt8]

    /// The worker's own JSON, with `agent` before its fields.
    package func json() throws -> [UInt8] {
        let own = try EventData.value(.object(["agent": .string(agent)])).json()
        return own.dropLast() + [UInt8(ascii: ",")] + info.dropFirst()
    }
}

/// Workers of the fleet that follow each other.
package struct FleetWorkerPage: Sendable {
    package var workers: [FleetWorkerText] = []
    /// The place of the last one if there are more behind it.
    package var next: FleetWorkerPosition?
}
