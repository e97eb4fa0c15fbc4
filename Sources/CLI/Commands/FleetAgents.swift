// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli fleet agents`
struct FleetAgents: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "One line for each agent of the fleet.")

    @OptionGroup var global: GlobalOptions

    var asksRegistry: Bool { true }

    private static let columns: [Table.Column] = [
        .init(title: "AGENT", isFlexible: true), .init(title: "STATE"), .init(title: "READY", isNumber: true),
        .init(title: "PHASE", rank: 2), .init(title: "GROUPS", isFlexible: true, rank: 1),
        .init(title: "WAITING", isNumber: true, rank: 3), .init(title: "VERSION", rank: 4),
        .init(title: "SEEN", rank: 5), .init(title: "ENDPOINT", isFlexible: true, rank: 6),
    ]

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(Self.columns) { client in
            let json = try await client.get("/v1/fleet/agents")
            let reply: FleetAgentsReply = try client.decoded(json)
            let agents = reply.agents.filter(isWanted)
            // A newer agent may have said more than this program knows.
            let shown =
                agents.count == reply.agents.count ? json : try RawJSON(encoding: FleetAgentsReply(agents: agents))
            return HostAnswer(json: shown, rows: agents.map(Self.row))
        }
    }

    /// With `--fleet`, `--host` and `--group` choose among the registry's agents.
    private func isWanted(_ agent: FleetAgent) -> Bool {
        guard global.fleet != nil, global.namesHosts, !global.allHosts else { return true }
        return global.host.contains(agent.name) || !Set(global.group).isDisjoint(with: agent.groups)
    }

    private static func row(_ agent: FleetAgent) -> Table.Row {
        let tone: Cell.Tone =
            switch agent.state {
            case .live: agent.phase == SupervisionStatus.Phase.stable.rawValue ? .good : .doubtful
            case .stopped: .plain
            case .lost: .bad
            }
        return [
            Cell(agent.name), Cell(agent.state.rawValue, tone: tone),
            Cell("\(agent.ready.map(String.init) ?? "-")/\(agent.desired.map(String.init) ?? "-")"),
            Cell(agent.phase ?? "-"), Cell(agent.groups.joined(separator: ",")), Cell("\(agent.waiting)"),
            Cell(agent.version), Cell(agent.lastSeenAt), Cell(agent.endpoints.first ?? "-"),
        ]
    }
}
