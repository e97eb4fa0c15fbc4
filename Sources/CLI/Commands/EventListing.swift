// SPDX-License-Identifier: Apache-2.0

/// `cluster-cli events` without `--follow`: shows the history while it comes, a page of each host in memory.
@TransportActor
struct EventListing {
    let session: Session
    let query: EventQuery
    let limit: Int?

    /// Large enough that a page's round trip does not count, small enough for hundreds of hosts.
    private var pageSize: Int { min(500, max(100, 20_000 / session.hosts.count)) }

    func run() async throws -> ExitStatus {
        switch session.options.output {
        case .table, .jsonl: try await merged()
        case .json: session.hosts.count == 1 || limit == nil ? try await hostByHost() : try await grouped()
        }
    }

    private func merged() async throws -> ExitStatus {
        var writer = EventWriter(
            session.options.output, hosts: session.hosts.map(\.name), inColour: session.takesColour)
        let failures = try await eachEvent { host, event in try writer.write(event, from: host) }
        try writer.flush()
        for (host, failure) in failures { StandardStreams.complain(failure.line(host: host)) }
        return status(failures.map(\.failure))
    }

    /// One answer for each host, of at most `limit` events that are the first of all hosts'.
    private func grouped() async throws -> ExitStatus {
        var events: [String: [RawJSON]] = [:]
        let failures = Dictionary(
            try await eachEvent { host, event in events[host, default: []].append(event.raw) },
            uniquingKeysWith: { first, _ in first })
        let answers = try session.hosts.map { host in
            if let failure = failures[host.name] { return (host: host.name, answer: HostAnswer(failure)) }
            let json = try RawJSON(object: [(name: "events", value: RawJSON(array: events[host.name] ?? []))])
            return (host: host.name, answer: HostAnswer(json: json, rows: []))
        }
        return try session.show(Report(tables: [], answers: answers))
    }

    private func eachEvent(
        _ show: (String, EventLine) throws -> Void
    ) async throws -> [(host: String, failure: Failure)] {
        let merger = EventMerger(session.hosts.map(pager), isReversed: query.isReversed)
        await merger.start()
        var left = limit ?? .max
        while left > 0, let (host, event) = await merger.next() {
            try show(host, event)
            left -= 1
        }
        return merger.failures.map { (host: $0.host, failure: $0.failure) }
    }

    /// The whole history as JSON: written while it is read, so that no order over hosts is possible.
    private func hostByHost() async throws -> ExitStatus {
        let isAlone = session.hosts.count == 1
        var failures: [Failure] = []
        if !isAlone { try write("[") }
        for (index, host) in session.hosts.enumerated() {
            if index > 0 { try write(",") }
            if !isAlone { try write(#"{"host":"# + text(RawJSON(encoding: host.name)) + #","result":"#) }
            let failure = try await writeEvents(pager(host), isAlone: isAlone)
            if let failure {
                failures.append(failure)
                StandardStreams.complain(failure.line(host: host.name))
            }
            if !isAlone {
                let end = try failure.map { try #","ok":false,"error":"# + text($0.json) + "}" } ?? #","ok":true}"#
                try write(end)
            }
        }
        if !isAlone { try write("]\n") }
        return status(failures)
    }

    /// - Parameter isAlone: the reply is the whole output; where the first page fails, that is the refusal.
    private func writeEvents(_ pager: EventPager, isAlone: Bool) async throws -> Failure? {
        var left = limit ?? .max
        var failure: Failure?
        var separator = #"{"events":["#
        do {
            _ = try await pager.peek()
            while left > 0, let event = try await pager.peek() {
                pager.drop()
                try StandardStreams.write(Array(separator.utf8) + event.raw.bytes)
                separator = ","
                left -= 1
            }
        } catch let error as Failure {
            failure = error
            if separator != ",", isAlone {
                try write(text(error.jsonReply) + "\n")
                return failure
            }
        }
        try write((separator == "," ? "" : separator) + "]}" + (isAlone ? "\n" : ""))
        return failure
    }

    private func pager(_ host: Host) -> EventPager {
        EventPager(session.client(host, within: session.eachCall), query, pageSize: min(pageSize, limit ?? pageSize))
    }

    private func status(_ failures: [Failure]) -> ExitStatus {
        ExitStatus(failures: failures, successes: session.hosts.count - failures.count)
    }

    private func write(_ text: String) throws {
        try StandardStreams.write(Array(text.utf8))
    }

    private func text(_ json: RawJSON) -> String {
        String(decoding: json.bytes, as: UTF8.self)
    }
}
