// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli scale N`
struct Scale: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "scale", abstract: "Changes how many workers are kept running.",
        discussion: """
            EXAMPLES:
              cluster-cli scale 8                  eight workers from now on
              cluster-cli scale 8 --wait           returns when all of them are ready
              cluster-cli -g web scale 0           no workers at each host of a group

            Workers with the highest instance numbers leave first, and finish their connections. Forked workers do not count. \
            The number also holds after a restart of the agent.
            """)

    @Argument(help: ArgumentHelp("How many workers are wanted.", valueName: "n"))
    var count: WholeNumber

    @Flag(help: "Wait until all of them are ready, and those that leave have ended.")
    var wait = false

    @OptionGroup var limit: WaitLimit

    @Flag(help: "Cancel the operation that is under way, if there is one.")
    var force = false

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        let body = try RawJSON(encoding: ScaleRequest(workers: count.value, force: force ? true : nil))
        let runner = OperationRunner(session, patience: limit.duration)
        return try await runner.run(waits: wait || limit.duration != nil) { client in
            try await runner.begin(.scale, "/v1/cluster:scale", body: body, at: client)
        }
    }
}
