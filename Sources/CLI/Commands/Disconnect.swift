// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli disconnect ID...|--all`
struct Disconnect: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "disconnect",
        abstract: "Asks workers to close their servers and leave, as worker.disconnect() does.",
        discussion: """
            EXAMPLES:
              cluster-cli disconnect 3 --wait         returns when it is disconnected
              cluster-cli disconnect 3 --deadline 30s SIGTERM at 28 s, SIGKILL at 30 s
              cluster-cli disconnect --all --yes      all of them, without a question
              cluster-cli disconnect 3 --abrupt       without waiting for connections

            Asking again changes nothing, and a worker that is dead already is not an error. A program that does not end by \
            itself, such as npm start, needs --deadline.
            """)

    @OptionGroup var targets: WorkerTargets

    @Option(
        help: ArgumentHelp(
            "At this time its whole session gets SIGKILL. Two seconds earlier its process gets SIGTERM.",
            valueName: "time"), transform: DurationArgument.parse)
    var deadline: DurationArgument?

    @Flag(help: "Wait until the worker is disconnected; with --deadline, until its process has ended.")
    var wait = false

    @Flag(help: "Close the channel at once, as worker.process.disconnect() does.")
    var abrupt = false

    @OptionGroup var global: GlobalOptions

    func run(in session: Session) async throws -> ExitStatus {
        try await targets.confirm("Disconnect", in: session)
        if wait {
            Signals.sayWhenInterrupted(
                "a disconnect that has begun continues; cluster-cli workers shows how far it is")
        }
        return try await session.report(WorkerTable.columns) { client in
            // The call for all workers has no `abrupt`, so workers are asked one by one.
            if targets.all, !abrupt { return try await disconnectAll(client) }
            let request = DisconnectRequest(
                abrupt: abrupt ? true : nil, wait: wait ? true : nil,
                timeoutMs: wait ? client.waitMilliseconds : nil, deadlineMs: deadlineMs)
            return try await client.onEachWorker(
                targets.all ? nil : targets.uniqueIDs, verb: "disconnect", body: RawJSON(encoding: request),
                isLasting: wait)
        }
    }

    private var deadlineMs: Int? { deadline.map { Int($0.duration / .milliseconds(1)) } }

    @TransportActor
    private func disconnectAll(_ client: AgentClient) async throws -> HostAnswer {
        let request = DisconnectAllRequest(
            wait: wait ? true : nil, timeoutMs: wait ? client.waitMilliseconds : nil, deadlineMs: deadlineMs)
        let json = try await client.post(
            "/v1/cluster:disconnect", body: RawJSON(encoding: request), isLasting: wait)
        return HostAnswer(json: json, rows: WorkerTable.rows(try client.decoded(json, as: WorkersReply.self).workers))
    }
}
