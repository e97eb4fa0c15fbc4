// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// Routes for those who look on: what workers used, how many ended, and who else watches.
struct ObservationRoutes: Sendable {
    let sampler: InstanceSampler
    let exits: ExitStatistics
    let events: EventBroadcaster
    let logs: LogWatchers

    func add(to router: Router<AgentRequestContext>) {
        router.on(.listSamples) { call in
            try .json(sampler.samples(of: try call.query.instances("instance")))
        }
        router.on(.listExits) { _ in try .json(try await exits.hours(until: .now)) }
        router.on(.listWatchers) { _ in try .json(WatchersReply(watchers: watchers)) }
    }

    private var watchers: [WatchersReply.Watcher] {
        let all =
            events.present.map { ($0, WatchersReply.Watcher.Stream.events) }
            + logs.present.map { ($0, WatchersReply.Watcher.Stream.logs) }
        return all.sorted { $0.0.since < $1.0.since }.map { watcher, stream in
            WatchersReply.Watcher(
                principal: watcher.owner.principal ?? Principal.anonymous.description, watches: stream,
                since: watcher.since)
        }
    }
}
