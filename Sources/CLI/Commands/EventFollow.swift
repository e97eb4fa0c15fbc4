// SPDX-License-Identifier: Apache-2.0

internal import Contract
internal import Shared

/// `cluster-cli events --follow`, `logs --follow` and `fleet events --follow`: live over all hosts, each with its own place
/// among its own rows.
@TransportActor
final class EventFollow {
    /// The first wait after a break. Each further wait is twice as long, up to the longest.
    private static let shortestPause = Duration.milliseconds(250)
    private static let longestPause = Duration.seconds(15)
    /// An answer that cannot be understood may be an accident. After this many of them, at one place of the history, it
    /// is not.
    private static let mostBadReplies = 3

    private let session: Session
    private let query: any WantedRows
    private let messages: Bool
    private var writer: any RowPrinter
    /// Rows that are shown together, by time. Only for what workers print, because there are few events.
    private var sorter = RowSorter()
    private var flushing: Task<Void, Never>?
    private let numbers: [String: Int]
    private let began = Timestamp.now
    /// Hosts that have not answered or failed yet.
    private var untried: Int
    /// Whether some host was ever there.
    private var isFollowing = false

    /// The state of one host's connection.
    private enum Link {
        /// Exits: `open`, `down`.
        case untried
        /// It was never there. Exits: `open`.
        case down
        /// Exits: `broken`.
        case open
        /// Exits: `open`.
        case broken

        /// What to say when the host is there.
        var news: String? {
            switch self {
            case .untried, .open: nil
            case .down: "connected"
            case .broken: "connected again"
            }
        }

        /// What to add if the host is not there.
        var intention: String { self == .down ? ", trying again" : ", connecting again" }
    }

    init(session: Session, query: any WantedRows, messages: Bool, printer: any RowPrinter) {
        self.session = session
        self.query = query
        self.messages = messages
        untried = session.hosts.count
        writer = printer
        numbers = Dictionary(
            session.hosts.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// Ends only when no host can be followed any more.
    func run() async -> ExitStatus {
        let ends = await session.onEachHost(within: session.eachCall) { client -> Failure in
            do {
                try await self.follow(client)
            } catch let failure as Failure {
                // Said at once, because the other hosts may go on for days.
                StandardStreams.complain(failure.line(host: client.host.name))
                return failure
            } catch {
                // Nothing can be shown any more, and the other hosts would not end by themselves.
                ((error as? OutputFailure) ?? OutputFailure(reason: "\(error)")).endProgram()
            }
        }
        flushing?.cancel()
        await flushing?.value
        return ExitStatus(failures: ends.map(\.answer), successes: 0)
    }

    /// Watches again and again. A host that refuses is given up. If no host was ever there, all are given up.
    private func follow(_ client: AgentClient) async throws -> Never {
        let watch = EventWatch(client: client, query: query, messages: messages)
        let host = client.host.name
        var link = Link.untried
        var cursor: EventCursor?
        var pause = Self.shortestPause
        var badReplies = 0
        while true {
            // The same events could come again and again.
            var lacksPlaces = false
            do {
                let place = if let cursor { cursor } else { try await start(client, link) }
                cursor = place
                let end = try await watch.run(after: place) {
                    if let news = link.news {
                        // The history has what happened meanwhile, except messages.
                        let gap = messages && link == .broken ? "; messages sent meanwhile are not shown" : ""
                        StandardStreams.complain(TerminalText.safe("\(host): \(news)\(gap)"))
                    }
                    if link == .untried { untried -= 1 }
                    link = .open
                    isFollowing = true
                } received: { events in
                    let isProgress = events.contains {
                        query.place(of: $0).map { (cursor ?? place).isBefore($0) } ?? false
                    }
                    if isProgress {
                        pause = Self.shortestPause
                        badReplies = 0
                    }
                    lacksPlaces = !isProgress && (lacksPlaces || events.contains(where: query.lacksPlace))
                    for event in events { try self.show(event, from: host, &cursor) }
                    try self.flush()
                } skipped: { count in
                    StandardStreams.complain(
                        TerminalText.safe("\(host): \(count) \(query.member) are too long and not shown"))
                }
                switch end {
                case .closed:
                    StandardStreams.complain(TerminalText.safe("\(host): the agent ended the stream, connecting again"))
                    link = .broken
                case .lagged where messages:
                    StandardStreams.complain(TerminalText.safe("\(host): this side is too slow, connecting again"))
                    link = .broken
                case .lagged: break
                }
            } catch let failure as Failure {
                if failure.reason == .seqExpired, cursor != query.nextKept {
                    StandardStreams.complain(
                        TerminalText.safe(
                            "\(host): some \(query.member) are missing here, the agent keeps them no longer"))
                    cursor = query.nextKept
                    continue
                }
                let before = link
                if failure.kind == .refused, failure.httpStatus == nil { badReplies += 1 }
                guard badReplies < Self.mostBadReplies else { throw failure }
                if link == .untried { untried -= 1 }
                link = link == .untried || link == .down ? .down : .broken
                guard Self.mayPass(failure, link), link == .broken || isFollowing || untried > 0 else { throw failure }
                if before == .open, failure.kind == .unreachable, !failure.isLasting {
                    // libcurl's words say less.
                    StandardStreams.complain(TerminalText.safe("\(host): the agent went away\(link.intention)"))
                } else if before != link {
                    StandardStreams.complain(failure.line(host: host) + link.intention)
                }
            }
            if lacksPlaces { badReplies += 1 }
            guard badReplies < Self.mostBadReplies else {
                throw Failure.badReply("\(query.member) that have no place in its history", from: client.host)
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// The place from which nothing is missed: before the first event after `since`, or after the newest. For a host
    /// that was not there at first: after the start of this program.
    ///
    /// With `latest` there would be a gap if the connection broke before the first event.
    private func start(_ client: AgentClient, _ link: Link) async throws -> EventCursor {
        guard let query = query as? WantedEvents else {
            // Otherwise the agent itself begins with the last lines.
            guard (query as? WantedLogs)?.tail == 0 else { return .latest }
            return try await edge(client, WantedLogs(isReversed: true)).map { .after($0) } ?? .earliest
        }
        do {
            let since = query.since ?? (link == .down ? began : nil)
            if since != nil, let first = try await edge(client, WantedEvents(since: since)), first > 0 {
                return .after(first - 1)
            }
            return try await edge(client, WantedEvents(isReversed: true)).map { .after($0) } ?? .earliest
        } catch let failure as Failure where failure.reason == .historyUnavailable {
            return .latest
        }
    }

    private func edge(_ client: AgentClient, _ query: any WantedRows) async throws -> Int64? {
        let page = try await client.get(query.path, query: query.history(pageSize: 1))
        return try client.elements(page, query.member).first.flatMap { EventLine($0).seq }
    }

    private func show(_ event: EventLine, from host: String, _ cursor: inout EventCursor?) throws {
        if let place = query.place(of: event) {
            // Shows nothing twice, even if an agent repeats itself.
            if let cursor, !cursor.isBefore(place) { return }
            cursor = place
        }
        guard !query.isPlaceAlone(event) else { return }
        if sortsRows {
            sorter.add(event, of: host, number: numbers[host] ?? 0)
        } else {
            try writer.write(event, from: host)
        }
    }

    private var sortsRows: Bool { session.hosts.count > 1 && query is WantedLogs }
    /// Rows of several hosts that come within this time are shown by their times.
    private static let sortTime = Duration.milliseconds(200)
    /// No more rows than this are kept.
    private static let mostSorted = 20_000

    private func flush() throws {
        guard sortsRows else { return try writer.flush() }
        if sorter.count >= Self.mostSorted { return try showSorted() }
        guard flushing == nil, sorter.count > 0 else { return }
        flushing = TransportTasks.start {
            // It may be cancelled: then the rows are shown at once.
            try? await Task.sleep(for: Self.sortTime)
            self.flushing = nil
            do {
                try self.showSorted()
            } catch {
                ((error as? OutputFailure) ?? OutputFailure(reason: "\(error)")).endProgram()
            }
        }
    }

    private func showSorted() throws {
        for (row, host) in sorter.take() { try writer.write(row, from: host) }
        try writer.flush()
    }

    /// Whether this may be a restart of the agent or a broken connection.
    private static func mayPass(_ failure: Failure, _ link: Link) -> Bool {
        switch failure.kind {
        case .unreachable, .timedOut: link == .broken || !failure.isLasting
        case .unauthorised: false
        // Whether the agent refused for good. An agent that starts or stops does not.
        case .refused: failure.httpStatus.map { $0 >= 500 || $0 == 429 } ?? (link == .broken)
        }
    }
}
