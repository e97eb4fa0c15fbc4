// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli operations`
struct Operations: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations",
        abstract: "Scales, restarts and reloads: the one under way, and the last that ended.",
        discussion: """
            EXAMPLES:
              cluster-cli operations
              cluster-cli -o json operations | jq '.operations[].verdict'
            """)

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(OperationTable.columns) { client in
            let (json, operations) = try await client.operations()
            let now = Timestamp.now
            return HostAnswer(json: json, rows: operations.map { OperationTable.row($0, now: now) })
        }
    }
}
