// SPDX-License-Identifier: Apache-2.0

/// One host's history, an event at a time; a page and a half of it in memory.
@TransportActor
final class EventPager {
    private struct Page {
        var events: ArraySlice<EventLine>
        /// Nil at the history's end.
        var next: String?
    }

    let client: AgentClient
    private let query: EventQuery
    private let pageSize: Int
    private var page: Page?
    /// The following page, asked for while this one is read, so that other hosts' events need not wait for it.
    private var ahead: Task<Result<Page, Failure>, Never>?

    init(_ client: AgentClient, _ query: EventQuery, pageSize: Int) {
        self.client = client
        self.query = query
        self.pageSize = pageSize
    }

    /// The next event, which stays the next; nil at the end.
    ///
    /// - Throws: `Failure`.
    func peek() async throws -> EventLine? {
        var current: Page
        if let page { current = page } else { current = try await fetch(token: nil) }
        while current.events.isEmpty, let token = current.next {
            if let ahead {
                self.ahead = nil
                current = try await ahead.value.get()
            } else {
                current = try await fetch(token: token)
            }
        }
        page = current
        return current.events.first
    }

    /// Takes away what `peek` has shown.
    func drop() {
        page?.events.removeFirst()
        guard let page, let token = page.next, ahead == nil, page.events.count <= pageSize / 2 else { return }
        ahead = TransportTasks.start {
            do {
                return .success(try await self.fetch(token: token))
            } catch {
                return .failure((error as? Failure) ?? Failure(kind: .refused, message: "\(error)"))
            }
        }
    }

    private func fetch(token: String?) async throws -> Page {
        let parameters = query.history(pageSize: pageSize) + (token.map { [("pageToken", $0)] } ?? [])
        let reply = try await client.get("/v1/events", query: parameters)
        let page = Page(
            events: try client.elements(reply, "events").map(EventLine.init)[...], next: client.nextPageToken(reply))
        if let token, page.next == token { throw Failure.badReply("the same page twice", from: client.host.endpoint) }
        return page
    }
}
