// SPDX-License-Identifier: Apache-2.0

/// One host's history, an event at a time, a page in memory.
@TransportActor
final class EventPager {
    private enum Next {
        case page(token: String?)
        case end
    }

    /// Large enough that a page's round trip does not count, small enough for hundreds of hosts.
    private static let largestPage = 500

    let client: AgentClient
    private let query: EventQuery
    private let pageSize: Int
    private var page: ArraySlice<EventLine> = []
    private var next = Next.page(token: nil)

    init(_ client: AgentClient, _ query: EventQuery, limit: Int?) {
        self.client = client
        self.query = query
        pageSize = min(limit ?? Self.largestPage, Self.largestPage)
    }

    /// The next event, which stays the next; nil at the end.
    func peek() async throws -> EventLine? {
        while page.isEmpty {
            guard case .page(let token) = next else { return nil }
            let parameters = query.history(pageSize: pageSize) + (token.map { [("pageToken", $0)] } ?? [])
            let reply = try await client.get("/v1/events", query: parameters)
            page = try client.elements(reply, "events").map(EventLine.init)[...]
            next = client.nextPageToken(reply).map { .page(token: $0) } ?? .end
            if case .page(let following) = next, following == token {
                throw Failure.badReply("the same page twice", from: client.host.endpoint)
            }
        }
        return page.first
    }

    func pop() async throws -> EventLine? {
        let event = try await peek()
        page = page.dropFirst()
        return event
    }
}
