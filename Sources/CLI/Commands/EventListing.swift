// SPDX-License-Identifier: Apache-2.0

/// `cluster-cli events` and `logs` without `--follow`: shows the history while it comes, a page of each host in memory.
@TransportActor
struct EventListing {
    let session: Session
    let query: any WantedRows
    /// How many: the newest, in whatever order they are shown.
    let limit: Int?
    /// How many of each host; nil: as many as the limit allows.
    var limitOfHost: Int?
    /// What shows them.
    let printer: () -> any RowPrinter

    /// Large enough to hide a page's round trip, small enough for hundreds of hosts.
    private var pageSize: Int { min(500, max(100, 20_000 / session.hosts.count)) }

    func run() async throws -> ExitStatus {
        switch session.options.output {
        case .table, .jsonl: try await merged()
        case .json: !session.isList || limit == nil ? try await hostByHost() : try await grouped()
        }
    }

    /// The most bytes of events that are kept, because they are shown in another order than they come in.
    private static let mostKept = 128 << 20

    private func merged() async throws -> ExitStatus {
        var writer = printer()
        var isEmpty = true
        let failures = try await eachEvent { host, event in
            isEmpty = false
            try writer.write(event, from: host)
        }
        try writer.flush()
        if isEmpty, failures.isEmpty, session.options.output == .table, Terminal.errorsAreRead {
            StandardStreams.complain(query.nothing)
        }
        for (host, failure) in failures { StandardStreams.complain(failure.line(host: host)) }
        return status(failures.map(\.failure))
    }

    /// One answer per host. Together they have the `limit` newest events of all hosts.
    private func grouped() async throws -> ExitStatus {
        var events: [String: [RawJSON]] = [:]
        var size = 0
        let failures = Dictionary(
            try await eachEvent { host, event in
                events[host, default: []].append(try kept(event, &size).raw)
            }, uniquingKeysWith: { first, _ in first })
        let answers = try session.hosts.map { host in
            let json = try RawJSON(object: [(name: query.member, value: RawJSON(array: events[host.name] ?? []))])
            var answer = HostAnswer(json: json, rows: [])
            if let failure = failures[host.name] {
                // Earlier events count towards the limit, so they are shown too.
                answer = HostAnswer(failure)
                if events[host.name] != nil { answer.json = json }
            }
            return (host: host.name, answer: answer)
        }
        return try session.show(Report(tables: [], answers: answers, isList: true))
    }

    private func eachEvent(
        _ show: (String, EventLine) throws -> Void
    ) async throws -> [(host: String, failure: Failure)] {
        let merger = EventMerger(session.hosts.map(pager), isReversed: readsBackwards)
        await merger.start()
        var host = session.hosts.first?.name ?? ""
        var failures: [(host: String, failure: Failure)] = []
        do {
            try await inOrder {
                let next = await merger.next()
                host = next?.host ?? host
                return next
            } show: {
                try show($0.host, $0.event)
            }
        } catch let failure as Failure {
            failures = [(host, failure)]
        }
        return merger.failures.map { (host: $0.host, failure: $0.failure) } + failures
    }

    /// The event without its page.
    ///
    /// - Throws: `Failure` if that is too much.
    private func kept(_ event: EventLine, _ size: inout Int) throws -> EventLine {
        size += event.raw.bytes.count
        guard size <= Self.mostKept else {
            throw Failure(
                kind: .refused,
                message: "the older \(query.member) are left out: all together have over \(Self.mostKept >> 20) MiB",
                hint: query.hint)
        }
        return event.detached
    }

    /// If there is a limit, the newest events are read first and shown last.
    private var readsBackwards: Bool { limit != nil || query.isReversed }

    private typealias Item = (host: String, event: EventLine)

    private func inOrder(next: () async throws -> Item?, show: (Item) throws -> Void) async throws {
        var left = limit ?? .max
        if readsBackwards == query.isReversed {
            while left > 0, let item = try await next() {
                try show(item)
                left -= 1
            }
            return
        }
        var kept: [Item] = []
        var size = 0
        let failure: (any Error)?
        do {
            while kept.count < left, let item = try await next() {
                kept.append((item.host, try self.kept(item.event, &size)))
            }
            failure = nil
        } catch {
            failure = error
        }
        for item in kept.reversed() { try show(item) }
        if let failure { throw failure }
    }

    /// The whole history as JSON. It is written as it is read, so it has no order over hosts.
    private func hostByHost() async throws -> ExitStatus {
        var failures: [Failure] = []
        if session.isList { try write("[") }
        for (index, host) in session.hosts.enumerated() {
            if index > 0 { try write(",") }
            if session.isList { try write(#"{"host":"# + text(RawJSON(encoding: host.name)) + #","result":"#) }
            let failure = try await writeEvents(pager(host), isAlone: !session.isList)
            if let failure {
                failures.append(failure)
                StandardStreams.complain(failure.line(host: host.name))
            }
            if session.isList {
                let end = try failure.map { try #","ok":false,"error":"# + text($0.json) + "}" } ?? #","ok":true}"#
                try write(end)
            }
        }
        if session.isList { try write("]\n") }
        return status(failures)
    }

    /// - Parameter isAlone: the reply is the whole output. If the first page fails, the output is the refusal.
    private func writeEvents(_ pager: EventPager, isAlone: Bool) async throws -> Failure? {
        var failure: Failure?
        let beginning = "{\"\(query.member)\":["
        var separator = beginning
        do {
            try await inOrder {
                let event = try await pager.peek()
                if event != nil { pager.drop() }
                return event.map { (host: pager.client.host.name, event: $0) }
            } show: { _, event in
                try StandardStreams.write(Array(separator.utf8) + StandardStreams.shown(Array(event.raw.bytes)))
                separator = ","
            }
        } catch let error as Failure {
            failure = error
            if separator != ",", isAlone {
                try write(text(error.jsonReply) + "\n")
                return failure
            }
        }
        try write((separator == "," ? "" : beginning) + "]}" + (isAlone ? "\n" : ""))
        return failure
    }

    private func pager(_ host: Host) -> EventPager {
        var backwards = query
        backwards.isReversed = readsBackwards
        return EventPager(
            session.client(host, within: session.eachCall), backwards, pageSize: pageSize, limit: limitOfHost ?? limit,
            hidesSetups: limit != nil && session.options.output == .table)
    }

    private func status(_ failures: [Failure]) -> ExitStatus {
        ExitStatus(failures: failures, successes: session.hosts.count - failures.count)
    }

    private func write(_ text: String) throws {
        try StandardStreams.write(Array(text.utf8))
    }

    private func text(_ json: RawJSON) -> String {
        String(decoding: StandardStreams.shown(Array(json.bytes)), as: UTF8.self)
    }
}
