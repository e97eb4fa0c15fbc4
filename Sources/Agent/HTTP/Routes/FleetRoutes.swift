// SPDX-License-Identifier: Apache-2.0

import Contract
import Fleet
import FoundationEssentials
import Hummingbird
import NIOCore
import Shared

/// Routes about the whole fleet.
struct FleetRoutes: Sendable {
    let operations: FleetOperations
    let runner: CommandRunner
    let streams: WatchStreams
    let heartbeat: Duration

    private enum Order: String, CaseIterable {
        case asc, desc
    }

    func add(to router: Router<AgentRequestContext>) {
        router.on(.getFleet) { _ in try .json(operations.status()) }
        router.on(.listFleetAgents) { _ in try .json(FleetAgentsReply(agents: await operations.agents())) }
        router.on(.forgetFleetAgent, by: runner) { call, _ in
            _ = try await call.body(ForgetRequest.self)
            let name = try call.agentName
            try await operations.forget(name)
            return try .json(ForgetReply(name: name))
        }
        router.on(.listFleetWorkers) { call in .json(encoded: try await workers(call.query)) }
        router.on(.listFleetEvents) { call in .json(encoded: try await events(call.query)) }
        router.on(.watchFleetEvents, use: watch)
    }

    private func workers(_ query: QueryParameters) async throws -> ByteBuffer {
        var wanted = FleetWorkerQuery()
        wanted.agents = try query.names("agent")
        wanted.groups = try query.names("group")
        wanted.states = try query.list("state", of: WorkerState.self)
        wanted.includesGone = try query.flag("all") || wanted.states.contains(.dead)
        wanted.limit = try query.integer("pageSize", in: 1...1000) ?? 100
        let filters = ["agent", "group", "state"].map { query[$0] } + ["\(wanted.includesGone)"]
        wanted.after = try query["pageToken"].map { text throws(ClusterError) in
            let token = try PageToken(text, more: 1, filters: filters).withAgent
            return FleetWorkerPosition(agent: token.position, id: token.more[0])
        }
        let page = try await operations.workers(wanted)
        let next = page.next.map { PageToken(position: $0.agent, more: [$0.id], filters: filters).text }
        return try Self.list("workers", page.workers.map { try $0.json() }, nextPageToken: next)
    }

    private func events(_ query: QueryParameters) async throws -> ByteBuffer {
        let filters = ["agent", "group", "type", "workerId", "requestId", "since", "until", "order"].map { query[$0] }
        let token = try query["pageToken"].map { text throws(ClusterError) in
            try PageToken(text, more: 2, filters: filters).withAgent
        }
        let now = Timestamp.now
        var wanted = FleetEventQuery()
        wanted.agents = try query.names("agent")
        wanted.groups = try query.names("group")
        wanted.types = try query.list("type", of: EventType.self)
        wanted.workerID = try query.workerID("workerId")
        wanted.requestID = query["requestId"]
        wanted.since = try token.map(\.since) ?? query.time("since", now: now)
        wanted.until = try token.map(\.until) ?? query.time("until", now: now)
        wanted.isDescending = try query.one("order", of: Order.self) == .desc
        wanted.limit = try query.integer("pageSize", in: 1...1000) ?? 100
        wanted.position = token.map {
            FleetPosition(time: Timestamp(milliseconds: $0.more[0]), agent: $0.position, seq: $0.more[1])
        }
        let page = try await operations.page(wanted)
        let next = page.next.map { place in
            PageToken(
                position: place.agent, more: [place.time.milliseconds, place.seq], since: wanted.since,
                until: wanted.until, filters: filters
            ).text
        }
        return try Self.list("events", page.events.map { try $0.json() }, nextPageToken: next)
    }

    /// Each item stays in its own words.
    private static func list(_ name: String, _ items: [[UInt8]], nextPageToken: String?) throws -> ByteBuffer {
        var json = ByteBuffer(string: #"{"\#(name)":["#)
        for (index, item) in items.enumerated() {
            if index > 0 { json.writeString(",") }
            json.writeBytes(item)
        }
        json.writeString("]")
        // A token is base64url, so nothing in it needs an escape.
        if let nextPageToken { json.writeString(#","nextPageToken":"\#(nextPageToken)""#) }
        json.writeString("}")
        return json
    }

    private func watch(_ call: Call) async throws -> Response {
        var filter = FleetEventFeed.Filter()
        filter.types = try call.query.list("type", of: EventType.self)
        filter.agents = try call.query.names("agent")
        filter.groups = try call.query.names("group")
        let watched = try await operations.watch(
            after: try Self.cursor(call), filter, for: call.watcherOwner, heartbeat: heartbeat)
        return streams.response(
            to: call, end: { watched.feed.end() },
            write: { format, write in
                let place = Task { await watched.endWithPlace() }
                defer { place.cancel() }
                for try await element in watched.feed { try await write(format.bytes(of: element)) }
            })
    }

    /// `Last-Event-ID` goes before the query, as in `WatchCursor`. Nil: only what is to come.
    private static func cursor(_ call: Call) throws(ClusterError) -> FleetCursor? {
        if let last = call.request.headers[.lastEventID], !last.isEmpty {
            guard let cursor = FleetCursor(last) else {
                throw QueryParameters.invalid("Last-Event-ID", "it must be the cursor of an event")
            }
            return cursor
        }
        switch call.query["after"] {
        case nil, "latest": return nil
        case "earliest": return .earliest
        case let text?:
            guard let cursor = FleetCursor(text) else {
                throw QueryParameters.invalid("after", "it must be the cursor of an event, earliest or latest")
            }
            return cursor
        }
    }
}

extension QueryParameters {
    /// Names of agents or groups, separated by commas.
    fileprivate func names(_ name: String) throws(ClusterError) -> Set<String> {
        var names: Set<String> = []
        for word in self[name]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? [] {
            guard GivenName.isValid(word) else {
                throw Self.invalid(name, "it must be names, with commas between them; a name is \(GivenName.form)")
            }
            names.insert(word)
        }
        return names
    }
}

extension PageToken {
    /// Itself, if its position may be an agent's number.
    fileprivate var withAgent: PageToken {
        get throws(ClusterError) {
            guard Int32(exactly: position) != nil else { throw Self.invalid }
            return self
        }
    }
}

extension Call {
    /// The agent that the path names.
    /// - Throws: `INVALID_ARGUMENT` if it cannot be a name, `ROUTE_NOT_FOUND` if its verb does not exist.
    fileprivate var agentName: String {
        get throws(ClusterError) {
            let text = context.parameters.get("id") ?? ""
            guard GivenName.isValid(text) else {
                if text.contains(":") { throw .routeNotFound(request) }
                throw QueryParameters.invalid("id", "it must be an agent's name")
            }
            return text
        }
    }
}
