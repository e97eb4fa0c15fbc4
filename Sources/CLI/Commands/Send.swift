// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Contract
internal import Shared

/// `cluster-cli send ID JSON|-`, `cluster-cli send --all JSON`
struct Send: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "send", abstract: "Sends a message to a worker, as worker.send() does, or to all.",
        usage: """
            cluster-cli send ID JSON|- [OPTIONS]
            cluster-cli send --all JSON [OPTIONS]
            """,
        discussion: """
            EXAMPLES:
              cluster-cli send 3 '{"reload": true}'
              cluster-cli send --all '"text"'
              tail -f changes.jsonl | cluster-cli send 3 -

            The agent refuses a message whose "cmd" begins with NODE_: Node takes it for its own.

            With - messages are read from standard input, one JSON value per line, and sent as they come.
            """)

    @Argument(
        help: ArgumentHelp("The worker's id; not with --all.", valueName: "id"), completion: Candidates.workers)
    var first: String

    @Argument(help: ArgumentHelp("The message as JSON, or - for standard input.", valueName: "json"))
    var second: String?

    @Flag(help: "Each worker that lives.")
    var all = false

    @OptionGroup var global: GlobalOptions

    private static let columns: [Table.Column] = [
        .init(title: "WORKER", isNumber: true, isOptional: true), .init(title: "ACCEPTED"),
        .init(title: "QUEUED", isNumber: true),
    ]

    /// Nil with `--all`.
    private var id: WorkerID? { all ? nil : WorkerID(argument: first) }
    private var message: String { second ?? first }

    func validate() throws {
        guard all == (second == nil) else {
            throw ValidationError(
                all
                    ? "--all takes only the message, as one word"
                    : "give the worker's id and the message, as one word; or --all and the message")
        }
        guard all || id != nil else { throw ValidationError("'\(first)' is not a worker's id") }
        guard message != "-" else {
            guard !all else { throw ValidationError("--all takes one message: - needs one worker") }
            return
        }
        guard let mistake = JSONOutline.mistake(in: message) else { return }
        // This is what people forget most.
        let advice = message.first?.isLetter == true ? #"; a string needs its quotes, as in '"text"'"# : ""
        throw ValidationError("the message is not JSON: \(mistake)\(advice)")
    }

    func run(in session: Session) async throws -> ExitStatus {
        guard let id else { return try await sendToAll(body(), session) }
        guard message != "-" else { return try await MessageStream(session: session, worker: id).run() }
        let body = try body()
        return try await session.report(Self.columns) { client in
            let json = try await client.post("/v1/workers/\(id):send", body: body)
            return HostAnswer(json: json, rows: [try Self.row(nil, client.decoded(json))])
        }
    }

    private func body() throws -> RawJSON {
        guard let value = RawJSON(message.utf8) else { preconditionFailure("validate() takes only JSON") }
        return try RawJSON(object: [(name: "message", value: value)])
    }

    private func sendToAll(_ body: RawJSON, _ session: Session) async throws -> ExitStatus {
        try await session.report(Self.columns) { client in
            let sent = try await client.sendToEach(verb: "send", body: body)
            let replies = try sent.done.map { id, json in
                try RawJSON(object: [(name: "workerId", value: RawJSON(encoding: id))] + (json.members ?? []))
            }
            let json = try RawJSON(object: [(name: "replies", value: RawJSON(array: replies))])
            var answer = HostAnswer(json: json, rows: try sent.done.map { try Self.row($0, client.decoded($1)) })
            answer.failures = sent.failures
            answer.successes = sent.successes
            return answer
        }
    }

    private static func row(_ id: WorkerID?, _ reply: SendReply) -> Table.Row {
        let accepted = Cell(String(reply.accepted), tone: reply.accepted ? .good : .doubtful)
        return [Cell(id?.description ?? ""), accepted, Cell(reply.queuedBytes)]
    }
}
