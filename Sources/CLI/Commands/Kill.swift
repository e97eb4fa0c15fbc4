// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli kill ID...|--all`
struct Kill: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Sends a signal to workers, as worker.process.kill() does.",
        discussion: """
            EXAMPLES:
              cluster-cli kill 3 4                    SIGTERM
              cluster-cli kill 3 -s SIGKILL --wait    with its session; waits for the end
              cluster-cli -g web kill --all -s HUP    a group's workers, after a question
              cluster-cli kill --all --yes            without a question, as in a script

            A worker that is dead already is not an error, so a repeat does no harm. Only -s 0 reports it, with exit code 1.
            """)

    @OptionGroup var targets: WorkerTargets

    @Option(
        name: .shortAndLong, help: "A name or a number; 0 only tests.",
        completion: .list(Signal.names), transform: Signal.named)
    var signal: Signal = .terminate

    @Flag(help: "Wait until the process has ended.")
    var wait = false

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await targets.confirm("Send \(signal) to", in: session)
        return try await session.report(WorkerTable.columns) { client in
            let request = KillRequest(
                signal: signal, wait: wait ? true : nil, timeoutMs: wait ? client.waitMilliseconds : nil)
            return try await client.onEachWorker(
                targets.all ? nil : targets.uniqueIDs, verb: "kill", body: RawJSON(encoding: request),
                isLasting: wait
            ) { worker in
                guard signal == .test, worker.dead else { return nil }
                return Failure(
                    kind: .refused, message: "worker \(worker.id) is dead", nextStep: "cluster-cli worker \(worker.id)")
            }
        }
    }
}
