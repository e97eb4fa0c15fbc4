// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli kill ID...|--all`
struct Kill: AgentCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends a signal to workers, as worker.process.kill() does.")

    @OptionGroup var targets: WorkerTargets

    @Option(name: .shortAndLong, help: "A name or a number; 0 only tests.")
    var signal: Signal = .terminate

    @Flag(help: "Wait until the process has ended.")
    var wait = false

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try targets.confirm("Send \(signal) to all workers of \(session.hosts.count) host(s)?")
        return try await session.report(WorkerTable.columns) { client in
            let request = KillRequest(
                signal: signal, wait: wait ? true : nil, timeoutMs: wait ? client.waitMilliseconds : nil)
            return try await client.onEachWorker(
                targets.all ? nil : targets.uniqueIDs, verb: "kill", body: RawJSON(encoding: request))
        }
    }
}
