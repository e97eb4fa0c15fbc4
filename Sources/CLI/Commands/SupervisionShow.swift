// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli supervision`
struct SupervisionShow: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervision", abstract: "Shows the rules by which workers are kept running.",
        discussion: """
            EXAMPLES:
              cluster-cli supervision
              cluster-cli supervise --restart onFailure      changes a rule
            """)

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(SupervisionTable.columns) { client in
            try await client.supervisionAnswer { try await client.get("/v1/cluster/supervision") }
        }
    }
}

extension AgentClient {
    /// The rules as an answer.
    func supervisionAnswer(_ call: () async throws -> RawJSON) async throws -> HostAnswer {
        let json = try await withSupervision(call)
        guard let rows = SupervisionTable.rows(json) else {
            throw Failure.badReply("rules that are not an object", from: host)
        }
        return HostAnswer(json: json, rows: rows)
    }
}
