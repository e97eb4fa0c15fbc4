// SPDX-License-Identifier: Apache-2.0

import Contract
import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import Shared

/// The route for live events, as server-sent events or JSON lines.
struct WatchRoute: Sendable {
    let operations: EventOperations
    let access: AccessPolicy
    let heartbeat: Duration

    func add(to router: Router<AgentRequestContext>) {
        router.on(.watchEvents, use: watch)
    }

    private func watch(_ call: Call) async throws -> Response {
        let (request, context, query) = (call.request, call.context, call.query)
        let filter = EventFeed.Filter(
            types: try query.list("type", of: EventType.self), workerID: try query.workerID("workerId"),
            messages: try query.flag("messages"))
        let cursor = try Self.cursor(request, query)
        let format = EventStreamFormat(accept: request.headers[.accept])
        let owner = WatcherOwner(
            principal: context.principal?.description, address: ClientAddress(context.channel.remoteAddress))
        let feed = try await operations.watch(from: cursor, filter, for: owner, heartbeat: heartbeat)
        return Response(
            status: .ok, headers: [.contentType: format.mediaType, .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let endings = [endAfterShutdown(feed), endWithToken(context.token, feed)]
                defer { for ending in endings { ending.cancel() } }
                // This goes on until the client closes its side, or the agent has sent the event of its own end.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    // Tells the client at once that it is connected.
                    try await writer.write(ByteBuffer(bytes: format.heartbeat))
                    for try await element in feed {
                        try await writer.write(format.bytes(of: element))
                    }
                }
                try await writer.finish(nil)
            })
    }

    /// The last event comes within moments, unless the history does not work. Slow readers get no more time.
    private func endAfterShutdown(_ feed: EventFeed) -> Task<Void, any Error> {
        Task {
            try await gracefulShutdown()
            try await operations.clock.sleep(for: .seconds(1))
            feed.end()
        }
    }

    /// A watch lasts as long as its client likes, so the token is checked again and again. A client whose token no
    /// longer counts learns why when it connects again.
    private func endWithToken(_ token: TokenHash?, _ feed: EventFeed) -> Task<Void, any Error> {
        Task {
            while access.isValid(token) { try await operations.clock.sleep(for: .seconds(5)) }
            feed.end()
        }
    }

    /// A client that resumes by itself sends `Last-Event-ID` (HTML, 9.2.4), so this counts more than the query that it
    /// began with.
    private static func cursor(_ request: Request, _ query: QueryParameters) throws(ClusterError) -> EventFeed.Cursor {
        if let last = request.headers[.lastEventID], !last.isEmpty {
            guard let seq = Int64(digits: last) else {
                throw QueryParameters.invalid("Last-Event-ID", "it must be the seq of an event")
            }
            return .after(seq)
        }
        switch query["afterSeq"] {
        case nil, "latest": return .latest
        case "earliest": return .earliest
        case let text?:
            guard let seq = Int64(digits: text) else {
                throw QueryParameters.invalid("afterSeq", "it must be the seq of an event, earliest or latest")
            }
            return .after(seq)
        }
    }
}

extension HTTPField.Name {
    // This literal is a valid name (RFC 9110, 5.1).
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
