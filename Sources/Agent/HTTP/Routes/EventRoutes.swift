// SPDX-License-Identifier: Apache-2.0

import Contract
import History
import Hummingbird
import Shared

/// Routes that read the history.
struct EventRoutes: Sendable {
    let operations: EventOperations

    private enum Order: String, CaseIterable {
        case asc, desc
    }

    func add(to router: Router<AgentRequestContext>) {
        router.on(.listEvents) { call in .json(encoded: try await page(call.query).json()) }
    }

    private func page(_ query: QueryParameters) async throws -> EventsReply {
        let order = try query.one("order", of: Order.self) ?? .asc
        let limit = try query.integer("pageSize", in: 1...1000) ?? 100
        let filters = ["type", "workerId", "requestId", "since", "until", "afterSeq", "order"].map { query[$0] }
        let token = try query["pageToken"].map { text throws(ClusterError) in try PageToken(text, filters: filters) }
        let now = Timestamp.now
        let since = try token.map(\.since) ?? query.time("since", now: now)
        let until = try token.map(\.until) ?? query.time("until", now: now)
        let afterSeq = try query.integer("afterSeq", in: 0...Int64.max)
        let after = order == .asc ? token?.position ?? afterSeq : afterSeq
        let selection = EventQuery(
            types: try query.list("type", of: EventType.self), workerID: try query.workerID("workerId"),
            requestID: query["requestId"], since: since, until: until,
            afterSeq: after,
            beforeSeq: order == .desc ? token?.position : nil,
            order: order == .asc ? .ascending : .descending, limit: limit)
        let page = try await operations.page(selection, kept: order == .asc || token == nil ? after : nil)
        guard page.hasMore, let last = page.events.last?.seq else { return EventsReply(events: page.events) }
        let next = PageToken(position: last, since: since, until: until, filters: filters)
        return EventsReply(events: page.events, nextPageToken: next.text)
    }
}
