// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli pause ID...|--all`
struct Pause: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Gives workers no new connections.",
        discussion: """
            EXAMPLES:
              cluster-cli pause 3       look at it in peace, while the others serve
              cluster-cli resume 3      go on

            Connections that it has go on. Under the policy none a worker accepts by itself and cannot be paused.
            """)

    @OptionGroup var targets: WorkerTargets
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await targets.confirm("Pause", in: session)
        return try await targets.post("pause", in: session)
    }
}

/// `cluster-cli resume ID...|--all`
struct Resume: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Gives paused workers new connections again.",
        discussion: """
            EXAMPLES:
              cluster-cli resume 3
              cluster-cli resume --all --yes      all that are paused

            A worker that is not paused is no error.
            """)

    @OptionGroup var targets: WorkerTargets
    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await targets.confirm("Resume", in: session)
        return try await targets.post("resume", in: session)
    }
}

extension WorkerTargets {
    @TransportActor
    fileprivate func post(_ verb: String, in session: Session) async throws -> ExitStatus {
        try await session.report(WorkerTable.columns) { client in
            try await client.onEachWorker(
                all ? nil : uniqueIDs, verb: verb, body: RawJSON(encoding: PauseRequest()), isLasting: false)
        }
    }
}
