// SPDX-License-Identifier: Apache-2.0

/// One host's history, an event at a time, with a page and a half in memory.
@TransportActor
final class EventPager {
    private struct Page {
        var events: ArraySlice<EventLine>
        /// Nil at the end of the history.
        var next: String?
    }

    /// An agent that sends this many pages without an event, and always promises more, would never end.
    private static let mostEmptyPages = 1000

    let client: AgentClient
    private let query: any WantedRows
    private var pageSize: Int
    /// How many more events may be asked for. No further page is fetched, because it might fail or never come.
    private var wanted: Int
    private var page: Page?
    /// Whether the `setup` of a fork is left out, and does not count. It is the event after the fork in a history that is
    /// read backwards.
    private let hidesSetups: Bool
    /// The last event that was taken.
    private var last: EventLine?
    /// The next page, fetched while this one is read, so that other hosts' events need not wait for it.
    private var ahead: Task<Result<Page, Failure>, Never>?

    /// - Parameters:
    ///   - limit: the most events that are wanted.
    ///   - hidesSetups: whether the `setup` of a fork is left out, in a history that is read backwards.
    init(
        _ client: AgentClient, _ query: any WantedRows, pageSize: Int, limit: Int? = nil, hidesSetups: Bool = false
    ) {
        self.client = client
        self.query = query
        self.pageSize = pageSize
        self.hidesSetups = hidesSetups
        wanted = limit ?? .max
    }

    /// The next event, without taking it. Nil at the end.
    ///
    /// - Throws: `Failure`.
    func peek() async throws -> EventLine? {
        guard wanted > 0 else { return nil }
        if hidesSetups, let last, let event = try await head(), event.isSetup(of: last) {
            page?.events.removeFirst()
            // A fork has one.
            self.last = nil
        }
        return try await head()
    }

    private func head() async throws -> EventLine? {
        var current: Page
        if let page { current = page } else { current = try await fetch(token: nil, atMost: wanted) }
        var emptyPages = 0
        while current.events.isEmpty, let token = current.next {
            if let ahead {
                self.ahead = nil
                current = try await ahead.value.get()
            } else {
                current = try await fetch(token: token, atMost: wanted)
            }
            if current.events.isEmpty { emptyPages += 1 }
            guard emptyPages < Self.mostEmptyPages else {
                throw Failure.badReply("pages without \(query.member), and without end", from: client.host)
            }
        }
        page = current
        return current.events.first
    }

    /// Takes the event that `peek` has shown.
    func drop() {
        if hidesSetups { last = page?.events.first }
        page?.events.removeFirst()
        wanted -= 1
        guard let page, let token = page.next, ahead == nil, page.events.count <= pageSize / 2 else { return }
        let missing = wanted - page.events.count
        guard missing > 0 else { return }
        ahead = TransportTasks.start {
            do {
                return .success(try await self.fetch(token: token, atMost: missing))
            } catch {
                return .failure((error as? Failure) ?? Failure(kind: .refused, message: "\(error)"))
            }
        }
    }

    private func fetch(token: String?, atMost count: Int) async throws -> Page {
        while true {
            do {
                return try await fetch(token: token, size: min(pageSize, count))
            } catch let failure as Failure where failure.isTooLarge && min(pageSize, count) > 1 {
                // This agent does not limit a page's bytes. A page token fits any size.
                pageSize = max(1, min(pageSize, count) / 8)
            }
        }
    }

    private func fetch(token: String?, size: Int) async throws -> Page {
        let parameters = query.history(pageSize: size) + (token.map { [("pageToken", $0)] } ?? [])
        let reply = try await client.get(query.path, query: parameters)
        let page = Page(
            events: try client.elements(reply, query.member).map(EventLine.init)[...], next: client.nextPageToken(reply)
        )
        if let token, page.next == token { throw Failure.badReply("the same page twice", from: client.host) }
        return page
    }
}
