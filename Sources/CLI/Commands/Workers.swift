// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli workers`
struct Workers: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers", abstract: "One line for each worker.",
        discussion: """
            EXAMPLES:
              cluster-cli workers                     those that live
              cluster-cli workers --state dead        those that are gone
              cluster-cli --all-hosts workers         of each host
            """, aliases: ["ps"])

    @Flag(help: "Also workers that have ended.")
    var all = false

    @Option(
        help: "Only workers in this state; leaving: asked to leave and still connected; dead implies --all.")
    var state: WorkerStateFilter?

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await session.report(WorkerTable.columns) { client in
            let (json, workers) = try await client.workers(state: state, all: all || state == .dead)
            return HostAnswer(json: json, rows: WorkerTable.rows(workers))
        }
    }
}
