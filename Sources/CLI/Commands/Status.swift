// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli status`
struct Status: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "One line for each host: what runs there.",
        discussion: """
            EXAMPLES:
              cluster-cli status                  the local agent, and what failed last
              cluster-cli --all-hosts status      each host of the inventory
              cluster-cli -g web -o json status | jq '.[] | {host, ok}'
            """)

    @OptionGroup var global: GlobalOptions

    private static let columns: [Table.Column] = [
        .init(title: "STATUS"), .init(title: "READY", isNumber: true, isOptional: true),
        .init(title: "VERSION", rank: 2),
        .init(title: "UPTIME", isNumber: true, rank: 3), .init(title: "WORKERS", isFlexible: true),
        .init(title: "POLICY", rank: 1), .init(title: "LISTENING", isFlexible: true, rank: 4),
        .init(title: "FLEET", isFlexible: true, isOptional: true, rank: 5),
        .init(title: "LAST FAILURE", isFlexible: true, isOptional: true),
    ]

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(Self.columns) { client in
            do {
                return try await Self.answer(client)
            } catch let failure as Failure {
                // A host that is down has its line too.
                return HostAnswer(failure, rows: [Self.row(failure)])
            }
        }
    }

    @TransportActor
    private static func answer(_ client: AgentClient) async throws -> HostAnswer {
        // One call after the other, on one connection. That halves the connections of a large fleet.
        let versionReply = try await client.get("/v1/version")
        let clusterReply = try await client.get("/v1/cluster")
        let version: VersionReply = try client.decoded(versionReply)
        let cluster: ClusterReply = try client.decoded(clusterReply)
        let listening = cluster.handles.map {
            ListeningAddress(address: $0.address, port: $0.port, addressType: $0.addressType)
        }
        var workers = workers(cluster.workers)
        // If workers are kept running, the agent reports the last failure itself.
        if cluster.workers.total == 0, cluster.supervision?.lastFailure == nil,
            let end = await lastEndByItself(client, since: version.startedAt)
        {
            workers += ", the last ended by itself: \(end)"
        }
        let now = Timestamp.now
        let row = [
            state(cluster), Cell(cluster.supervision.map { "\($0.ready)/\($0.desired)" } ?? ""),
            Cell(version.version), Cell(Timestamp.age(of: version.startedAt, at: now)),
            Cell(workers), Cell(cluster.schedulingPolicy.rawValue),
            Cell(WorkerTable.addresses(listening)), fleet(cluster.fleet),
            Cell(failure(cluster.supervision, now: now) ?? ""),
        ]
        let json = try RawJSON(object: [(name: "version", value: versionReply), (name: "cluster", value: clusterReply)])
        var answer = HostAnswer(json: json, rows: [row])
        answer.version = version.version
        return answer
    }

    /// The phase, if workers are kept running.
    static func state(_ cluster: ClusterReply) -> Cell {
        guard let supervision = cluster.supervision, supervision.desired > 0 else {
            return cluster.workers.total == 0 ? Cell("no workers", tone: .doubtful) : Cell("ok", tone: .good)
        }
        let tone: Cell.Tone =
            switch supervision.phase {
            case .stable: .good
            case .progressing, .degraded: .doubtful
            case .failing, .gaveUp: .bad
            }
        return Cell(supervision.phase.inWords, tone: tone)
    }

    /// Events of the last moments always wait.
    private static let usualLag: Int64 = 10_000

    /// Whether its events reach the fleet's database.
    static func fleet(_ fleet: FleetReply?) -> Cell {
        guard let fleet else { return "" }
        let behind = Duration.milliseconds(fleet.lagMs).text
        if !fleet.connected { return Cell("away, \(counted(Int(fleet.waiting), "event")) waiting", tone: .bad) }
        return fleet.lagMs < usualLag ? Cell("ok", tone: .good) : Cell("\(behind) behind", tone: .doubtful)
    }

    /// The last failure, unless all is well again and the failure is a day old.
    static func failure(_ supervision: SupervisionStatus?, now: Timestamp) -> String? {
        guard let supervision, let failure = supervision.lastFailure else { return nil }
        let isOld = now.milliseconds - failure.at.milliseconds > 86_400_000
        guard supervision.phase != .stable || !isOld else { return nil }
        return "instance \(failure.instance), \(FailureStory.short(failure, now: now))"
    }

    /// How the last worker of this run ended, if nobody asked for it. That may be why nothing runs. If the history
    /// cannot be read, `status` works without it.
    @TransportActor
    private static func lastEndByItself(_ client: AgentClient, since start: Timestamp) async -> String? {
        let query = [("type", "exit"), ("order", "desc"), ("pageSize", "1"), ("since", "\(start)")]
        guard let page = try? await client.get("/v1/events", query: query),
            let exit = try? client.elements(page, "events").first
        else { return nil }
        return EventLine(exit).endByItself
    }

    /// `3: 2 listening, 1 online (1 paused)`
    static func workers(_ counts: WorkerCounts) -> String {
        let states = [
            (counts.listening, "listening"), (counts.online, "online"), (counts.none, "none"),
            (counts.leaving, "leaving"),
            (counts.disconnected, "disconnected"), (counts.dead, "dead"),
        ]
        let parts = states.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let all = parts.isEmpty ? "\(counts.total)" : "\(counts.total): \(parts.joined(separator: ", "))"
        return counts.paused > 0 ? "\(all) (\(counts.paused) paused)" : all
    }

    private static func row(_ failure: Failure) -> Table.Row {
        [failure.cell, "", "-", "-", "-", "-", "-", "", ""]
    }
}

extension SupervisionStatus.Phase {
    /// `gave up`, `stable`
    var inWords: String {
        switch self {
        case .gaveUp: "gave up"
        case .stable, .progressing, .degraded, .failing: rawValue
        }
    }
}
