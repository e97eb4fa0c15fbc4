// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli apps`
struct Apps: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "apps", abstract: "One line for each agent of this machine.",
        discussion: """
            EXAMPLES:
              cluster-cli apps                    yours, and the system's
              cluster-cli --app web status        more about one
              cluster-cli --all-apps reload       all of them, one after the other

            The system's are those of the units cluster-agent@NAME, in /run/cluster-agent. An agent without a name is
            called local. "not yours" means that you have no right to ask it.
            """)

    @OptionGroup var options: GlobalOptions

    /// All apps, if none is named.
    var global: GlobalOptions {
        var global = options
        if !options.namesAgents { global.allApps = true }
        return global
    }

    private static let columns: [Table.Column] = [
        .init(title: "STATUS"), .init(title: "READY", isNumber: true), .init(title: "RESTARTS", isNumber: true),
        .init(title: "MEMORY", isNumber: true, rank: 1),
        .init(title: "LISTENING", isFlexible: true, rank: 2), .init(title: "UPTIME", isNumber: true, rank: 1),
    ]

    func run(in session: Session) async throws -> ExitStatus {
        let answers = await session.onEachHost(within: .allCalls(session.options.timeout.duration)) { client in
            do {
                return try await Self.answer(client)
            } catch {
                let failure = Failure(error)
                // An app that is down has its line too, and so has one that only its owner may ask.
                let cell = failure.kind == .unauthorised ? Cell("not yours", tone: .bad) : failure.cell
                return HostAnswer(failure, rows: [[cell, "-", "-", "-", "-", "-"]])
            }
        }
        return try session.show(Report(tables: [Self.columns], answers: answers, isList: true, nameTitle: "APP"))
    }

    @TransportActor
    private static func answer(_ client: AgentClient) async throws -> HostAnswer {
        let versionReply = try await client.get("/v1/version")
        let clusterReply = try await client.get("/v1/cluster")
        let instancesReply = try await client.get("/v1/instances")
        let version: VersionReply = try client.decoded(versionReply)
        let cluster: ClusterReply = try client.decoded(clusterReply)
        let instances: InstancesReply = try client.decoded(instancesReply)
        let listening = cluster.handles.map {
            ListeningAddress(address: $0.address, port: $0.port, addressType: $0.addressType)
        }
        let ready = cluster.supervision.map { "\($0.ready)/\($0.desired)" } ?? "-"
        let row = [
            Status.state(cluster), Cell(ready), Cell(instances.instances.reduce(0) { $0 + $1.restarts }),
            Cell(SizeArgument.text(instances.instances.reduce(0) { $0 + ($1.residentBytes ?? 0) })),
            Cell(WorkerTable.addresses(listening)), Cell(Timestamp.age(of: version.startedAt, at: .now)),
        ]
        let json = try RawJSON(object: [
            (name: "version", value: versionReply), (name: "cluster", value: clusterReply),
            (name: "instances", value: instancesReply),
        ])
        var answer = HostAnswer(json: json, rows: [row])
        answer.version = version.version
        return answer
    }
}
