// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli hosts check`: whether each agent can be reached and lets us in.
struct HostsCheck: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Calls each host of the inventory, or the named ones.",
        discussion: """
            EXAMPLES:
              cluster-cli hosts check
              cluster-cli hosts check web-1 web-2 -v
            """)

    @Argument(help: "Hosts of the inventory, or URLs. Without any, the whole inventory.", completion: Candidates.hosts)
    var names: [String] = []

    @OptionGroup var options: GlobalOptions

    private static let columns: [Table.Column] = [
        .init(title: "PLACE", isFlexible: true), .init(title: "STATUS"), .init(title: "VERSION"),
    ]

    var global: GlobalOptions {
        var global = options
        global.host += names
        if global.host.isEmpty, global.group.isEmpty { global.allHosts = true }
        return global
    }

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(Self.columns) { client in
            let place = Cell(client.host.address.place)
            do {
                let json = try await client.get("/v1/version")
                let reply: VersionReply = try client.decoded(json)
                var answer = HostAnswer(json: json, rows: [[place, Cell("ok", tone: .good), Cell(reply.version)]])
                answer.version = reply.version
                return answer
            } catch var failure as Failure {
                // The advice would be this command.
                failure.nextStep = nil
                return HostAnswer(failure, rows: [[place, failure.cell, "-"]])
            }
        }
    }
}
