// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli worker ID`
struct WorkerShow: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "All about one worker, with its last events.",
        discussion: """
            EXAMPLES:
              cluster-cli worker 7
              cluster-cli -o json worker 7 | jq .exitCode
            """)

    private static let eventsShown = 10
    /// How much of the end of its output is shown. `-o json` has all of it.
    private static let stderrLines = 10

    @Argument(help: "The worker's id.", completion: Candidates.workers, transform: WorkerID.parse)
    var id: WorkerID

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        let columns: [Table.Column] = [.init(title: "FIELD"), .init(title: "VALUE", isFlexible: true)]
        let wantsEvents = session.options.output == .table
        return try await session.report(columns, EventTable.columns()) { client in
            let json = try await client.get("/v1/workers/\(id)")
            let worker: WorkerInfo = try client.decoded(json)
            let events = wantsEvents ? try await lastEvents(client) : []
            return HostAnswer(json: json, rows: Self.rows(worker), more: [events])
        }
    }

    /// The newest events, oldest first. Without a history the worker is shown all the same.
    @TransportActor
    private func lastEvents(_ client: AgentClient) async throws -> [Table.Row] {
        let query = [
            ("workerId", "\(id)"), ("order", "desc"), ("pageSize", String(Self.eventsShown)),
        ]
        do {
            let page = try await client.get("/v1/events", query: query)
            return try client.elements(page, "events").reversed().map { EventTable.row(EventLine($0)) }
        } catch let failure as Failure where failure.reason == .historyUnavailable {
            StandardStreams.complain(failure.line(host: client.host.name))
            return []
        }
    }

    private static func rows(_ worker: WorkerInfo) -> [Table.Row] {
        func time(_ time: Timestamp?) -> Cell { Cell(time) }
        func bool(_ value: Bool?) -> Cell { Cell(value) }
        let nodeID: [Table.Row] = WorkerTable.nodeID(worker).map { [["nodeId", Cell($0)]] } ?? []
        let supervision: [Table.Row] =
            worker.supervised
            ? [
                ["instance", Cell(worker.instance)], ["ready", bool(worker.ready)],
                ["responsive", bool(worker.responsive)],
            ] : []
        return [["id", Cell(worker.id)]] + nodeID + supervision + [
            ["pid", Cell(worker.pid)], ["state", WorkerTable.state(worker, now: .now)],
            ["connected", bool(worker.connected)], ["dead", bool(worker.dead)],
            ["exitedAfterDisconnect", bool(worker.exitedAfterDisconnect)], ["exit", WorkerTable.exit(worker)],
            ["exec", Cell(worker.exec)], ["args", Cell(worker.args.joined(separator: " "))],
            ["settingsRevision", Cell(worker.settingsRevision)],
            ["listening", Cell(WorkerTable.addresses(worker.listening))],
            ["forkedAt", time(worker.forkedAt)], ["onlineAt", time(worker.onlineAt)],
            ["listeningAt", time(worker.listeningAt)], ["disconnectedAt", time(worker.disconnectedAt)],
            ["exitedAt", time(worker.exitedAt)],
        ] + (worker.disconnectReason.map { [["disconnectReason", Cell($0.rawValue)]] } ?? [])
            + (worker.exit.map(rows) ?? [])
    }

    /// How it ended and why, without what is not known.
    private static func rows(_ exit: ExitReport) -> [Table.Row] {
        func milliseconds(_ count: Int64?) -> String? { count.map { Duration.milliseconds($0).text } }
        let fields: [(String, String?)] = [
            ("reason", exit.reason.rawValue), ("signal", exit.signal?.description),
            ("uptime", milliseconds(exit.uptimeMs)),
            ("userTime", milliseconds(exit.userMs)), ("systemTime", milliseconds(exit.systemMs)),
            ("maxRss", exit.maxRssBytes.map { "\($0 >> 20) MiB" }),
            ("requestId", exit.requestId), ("principal", exit.principal),
        ]
        let lastWords = (exit.stderr ?? "").split(whereSeparator: \.isNewline).suffix(stderrLines)
        return fields.compactMap { name, value in value.map { [Cell(name), Cell($0)] } }
            + lastWords.enumerated().map { [Cell($0.offset == 0 ? "stderr" : ""), Cell(String($0.element))] }
    }
}
