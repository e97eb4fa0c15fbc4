// SPDX-License-Identifier: Apache-2.0

import Contract
import Fleet
import Shared

/// The use cases of the fleet: what all agents are and were, as the central history has it.
struct FleetOperations: Sendable {
    /// Nil: the agent belongs to no fleet.
    let fleet: AgentFleet?
    /// Those who watch the fleet's events. They have places of their own, because each of them asks the database.
    let watchers: LogWatchers

    /// How the agent stands in its fleet. Nil if it belongs to none.
    var standing: FleetReply? { fleet?.reply(now: .now) }

    /// - Throws: `FLEET_OFF`
    func status() throws(ClusterError) -> FleetReply {
        try joined.reply(now: .now)
    }

    /// - Throws: `FLEET_OFF`, `FLEET_UNAVAILABLE`
    func agents() async throws(ClusterError) -> [FleetAgent] {
        try await joined.reader.agents()
    }

    /// - Throws: `FLEET_OFF`, `FLEET_UNAVAILABLE`, `FLEET_AGENT_NOT_FOUND`, `FLEET_AGENT_LIVE`
    func forget(_ name: String) async throws(ClusterError) {
        try await joined.reader.forget(name)
    }

    /// - Throws: `FLEET_OFF`, `FLEET_UNAVAILABLE`
    func workers(_ query: FleetWorkerQuery) async throws(ClusterError) -> FleetWorkerPage {
        try await joined.reader.workers(query)
    }

    /// - Throws: `FLEET_OFF`, `FLEET_UNAVAILABLE`
    func page(_ query: FleetEventQuery) async throws(ClusterError) -> FleetEventPage {
        try await joined.reader.page(query)
    }

    /// - Parameter cursor: nil: only what is to come.
    /// - Throws: `FLEET_OFF`, `FLEET_UNAVAILABLE`, `SEQ_EXPIRED`, `TOO_MANY_WATCHERS`, `SHUTTING_DOWN`
    func watch(
        after cursor: FleetCursor?, _ filter: FleetEventFeed.Filter, for owner: WatcherOwner, heartbeat: Duration
    ) async throws(ClusterError) -> WatchedFleet {
        let reader = try joined.reader
        let watcher = try watchers.enter(owner)
        let start: FleetCursor
        if let cursor {
            try await reader.check(cursor)
            start = cursor
        } else {
            start = try await reader.latestCursor()
        }
        return WatchedFleet(
            feed: FleetEventFeed(reader: reader, after: start, filter: filter, heartbeat: heartbeat), watcher: watcher)
    }

    private var joined: AgentFleet {
        get throws(ClusterError) {
            guard let fleet else {
                throw ClusterError(
                    .failedPrecondition, .fleetOff, "this agent belongs to no fleet; see fleet.url in its configuration"
                )
            }
            return fleet
        }
    }
}

/// A feed, and the place of the one who reads it. The place is free again when nobody holds this.
struct WatchedFleet: Sendable {
    let feed: FleetEventFeed
    let watcher: LogWatcher

    /// Gives up the feed if the agent stops or another watcher needs the place. Runs until then, or until it is cancelled.
    func endWithPlace() async {
        for await _ in watcher.signals {}
        feed.end()
    }
}
