// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli send ID JSON|-`
struct Send: AgentCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Sends a message to a worker, as worker.send() does.",
        discussion: """
            EXAMPLES:
              cluster-cli send 3 '{"reload": true}'
              cluster-cli send 3 '"text"'
              tail -f changes.jsonl | cluster-cli send 3 -

            The agent refuses a message whose "cmd" begins with NODE_: Node takes it for its own.

            With - messages are read from standard input, one JSON value a line, and sent as they come.
            """)

    @Argument(help: "The worker's id.", completion: Candidates.workers)
    var id: WorkerID

    @Argument(help: ArgumentHelp("The message as JSON, or - for standard input.", valueName: "json"))
    var message: String

    @OptionGroup var global: GlobalOptions

    private static let columns: [Table.Column] = [
        .init(title: "ACCEPTED"), .init(title: "QUEUED", isNumber: true),
    ]

    func validate() throws {
        guard message == "-" || RawJSON(message.utf8) != nil else {
            throw ValidationError(#"the message is not JSON: a string needs its quotes, as in '"text"'"#)
        }
    }

    func run(in session: Session) async throws -> ExitStatus {
        guard let value = RawJSON(message.utf8) else {
            return try await MessageStream(session: session, worker: id).run()
        }
        let body = try RawJSON(object: [(name: "message", value: value)])
        return try await session.report(Self.columns) { client in
            let json = try await client.post("/v1/workers/\(id):send", body: body)
            let reply: SendReply = try client.decoded(json)
            let accepted = Cell(String(reply.accepted), tone: reply.accepted ? .good : .doubtful)
            return HostAnswer(json: json, rows: [[accepted, Cell(reply.queuedBytes)]])
        }
    }
}
