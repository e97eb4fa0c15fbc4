// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import NIOCore
import Shared
import WorkerLogs

/// What workers have printed, and what they print.
struct LogRoutes: Sendable {
    let operations: LogOperations
    let streams: WatchStreams
    let heartbeat: Duration

    private enum Order: String, CaseIterable {
        case asc, desc
    }

    func add(to router: Router<AgentRequestContext>) {
        router.on(.listLogs) { call in .json(encoded: try await page(call.query)) }
        router.on(.watchLogs, use: watch)
    }

    private func page(_ query: QueryParameters) async throws -> ByteBuffer {
        let order = try query.one("order", of: Order.self) ?? .asc
        let filters = ["workerId", "instance", "stream", "since", "until", "contains", "afterSeq", "order"].map {
            query[$0]
        }
        let token = try query["pageToken"].map { text throws(ClusterError) in try PageToken(text, filters: filters) }
        let now = Timestamp.now
        var wanted = try Self.filter(query, limit: query.integer("pageSize", in: 1...1000) ?? 100)
        wanted.since = try token.map(\.since) ?? query.time("since", now: now)
        wanted.until = try token.map(\.until) ?? query.time("until", now: now)
        wanted.afterSeq = try query.integer("afterSeq", in: 0...Int64.max)
        switch order {
        case .asc: wanted.afterSeq = token?.position ?? wanted.afterSeq
        case .desc:
            wanted.order = .descending
            wanted.beforeSeq = token?.position
        }
        let page = try await operations.page(wanted)
        let next = page.next.map {
            PageToken(position: $0, since: wanted.since, until: wanted.until, filters: filters).text
        }
        return page.json(nextPageToken: next)
    }

    private static func filter(_ query: QueryParameters, limit: Int) throws(ClusterError) -> LogQuery {
        var wanted = LogQuery(limit: limit)
        wanted.workers = try query.workerIDs("workerId")
        wanted.source = try query["instance"].map { text throws(ClusterError) in
            guard let source = OutputSource(text) else {
                throw QueryParameters.invalid("instance", "it is neither a number nor forked or primary")
            }
            return source
        }
        wanted.stream = try query.one("stream", of: WorkerStream.self)
        wanted.contains = query["contains"]
        return wanted
    }

    private func watch(_ call: Call) async throws -> Response {
        var wanted = try Self.filter(call.query, limit: 1)
        wanted.since = try call.query.time("since", now: .now)
        let tail = try call.query.integer("tail", in: 0...1000)
        switch try WatchCursor(call, ofQuery: "afterSeq", "a line") {
        case .after(let seq): wanted.afterSeq = seq
        case .earliest: wanted.afterSeq = 0
        case .latest: break
        }
        if wanted.afterSeq != nil, tail != nil {
            throw QueryParameters.invalid("tail", "it does not go together with afterSeq or Last-Event-ID")
        }
        let feed = try await operations.watch(wanted, tail: tail, for: call.watcherOwner, heartbeat: heartbeat)
        return streams.response(
            to: call, end: { feed.end() },
            write: { format, write in
                for try await element in feed { try await write(format.bytes(of: element)) }
            })
    }
}
