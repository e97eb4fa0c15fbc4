// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// The route for live events, as server-sent events or JSON lines.
struct WatchRoute: Sendable {
    let operations: EventOperations
    let streams: WatchStreams
    let heartbeat: Duration

    func add(to router: Router<AgentRequestContext>) {
        router.on(.watchEvents, use: watch)
    }

    private func watch(_ call: Call) async throws -> Response {
        let filter = EventFeed.Filter(
            types: try call.query.list("type", of: EventType.self), workerID: try call.query.workerID("workerId"),
            messages: try call.query.flag("messages"))
        let cursor: EventFeed.Cursor =
            switch try WatchCursor(call, ofQuery: "afterSeq", "an event") {
            case .after(let seq): .after(seq)
            case .earliest: .earliest
            case .latest: .latest
            }
        let feed = try await operations.watch(from: cursor, filter, for: call.watcherOwner, heartbeat: heartbeat)
        return streams.response(
            to: call, end: { feed.end() },
            write: { format, write in
                for try await element in feed { try await write(format.bytes(of: element)) }
            })
    }
}
