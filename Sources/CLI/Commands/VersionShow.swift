// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli version`
struct VersionShow: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "The versions of this program and of the agents.",
        discussion: """
            EXAMPLES:
              cluster-cli version                  the local agent's
              cluster-cli --all-hosts version      of each host
            """)

    @OptionGroup var global: GlobalOptions

    private static let columns: [Table.Column] = [
        .init(title: "CLI"), .init(title: "AGENT"), .init(title: "API"), .init(title: "SWIFT"),
        .init(title: "HOSTNAME", isFlexible: true), .init(title: "PID", isNumber: true),
        .init(title: "STARTED"),
    ]

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(Self.columns) { client in
            do {
                let json = try await client.get("/v1/version")
                let reply: VersionReply = try client.decoded(json)
                let row = [
                    Cell(Version.current), Cell(reply.version), Cell(reply.apiVersion), Cell(reply.swift),
                    Cell(reply.hostname), Cell(reply.pid), Cell(reply.startedAt),
                ]
                var answer = HostAnswer(json: json, rows: [row])
                answer.version = reply.version
                return answer
            } catch let failure as Failure {
                return HostAnswer(failure, rows: [[Cell(Version.current), "-", "-", "-", "-", "-", "-"]])
            }
        }
    }
}
