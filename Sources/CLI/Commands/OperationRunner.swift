// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Begins operations at hosts, reports their progress, and turns their verdicts into answers.
///
/// Progress is reported as it happens. An operation may take as long as the slowest connection, and a roll over many
/// hosts an hour.
@TransportActor
final class OperationRunner {
    private let session: Session
    /// How long to wait for each operation. Nil means until it is done.
    private let patience: Duration?
    /// What is known of the operation at a host that has no verdict yet.
    private enum Stage {
        /// The agent was asked to begin it, and has not answered.
        case asked(OperationInfo.Kind)
        case underWay(OperationInfo)
    }

    /// By host, for Ctrl-C.
    private var stages: [String: Stage] = [:]
    /// The hosts that are done and those to come, for Ctrl-C.
    var roll: HostRoll? {
        didSet { prepareFarewell() }
    }

    init(_ session: Session, patience: Duration? = nil) {
        self.session = session
        self.patience = patience
    }

    /// Does something at a host. A failure is reported at once.
    func answer(
        _ client: AgentClient, _ body: @TransportActor (AgentClient) async throws -> HostAnswer
    ) async -> HostAnswer {
        var answer: HostAnswer
        do {
            answer = try await body(client)
        } catch let failure as Failure {
            answer = HostAnswer(failure)
        } catch {
            // Progress cannot be shown any more, and the operations would not end by themselves.
            ((error as? OutputFailure) ?? OutputFailure(reason: "\(error)")).endProgram()
        }
        for failure in answer.failures { StandardStreams.complain(failure.text(host: client.host.name)) }
        return answer
    }

    /// Begins an operation at a host.
    func begin(
        _ kind: OperationInfo.Kind, _ path: String, body: RawJSON, at client: AgentClient
    ) async throws -> OperationAnswer {
        let host = client.host.name
        note(.asked(kind), at: host)
        do {
            let begun = try await client.begin(path, body: body)
            note(.underWay(begun.info), at: host)
            return begun
        } catch var failure as Failure {
            note(nil, at: host)
            guard failure.mayHaveArrived else { throw failure }
            failure.message += "; it is not known whether the \(kind.rawValue) began"
            (failure.hint, failure.nextStep) = (nil, "\(session.program(for: host)) operations")
            throw failure
        }
    }

    /// Begins an operation at each host and shows the answers.
    func run(waits: Bool, _ begin: @escaping @TransportActor (AgentClient) async throws -> OperationAnswer) async throws
        -> ExitStatus
    {
        let answers = await session.onEachHost(within: session.eachCall) { client in
            await self.answer(client) { try await self.outcome(of: try await begin($0), at: $0, waits: waits) }
        }
        return try show(answers, waited: waits)
    }

    /// An operation with its verdict, or as it began.
    func outcome(of begun: OperationAnswer, at client: AgentClient, waits: Bool) async throws -> HostAnswer {
        defer { note(nil, at: client.host.name) }
        return try await waits ? HostAnswer(verdict(of: begun, at: client)) : HostAnswer(begun: begun)
    }

    /// Waits for the verdict of an operation.
    ///
    /// - Returns: the operation, with the failure if it did not succeed.
    func verdict(
        of begun: OperationAnswer, at client: AgentClient
    ) async throws -> (operation: OperationAnswer, failure: Failure?) {
        let host = client.host.name
        note(.underWay(begun.info), at: host)
        try tell(OperationText.news(from: nil, to: begun.info), from: host)
        defer { note(nil, at: host) }
        let id = begun.info.id
        let look = "\(session.program(for: host)) operation \(id) --wait"
        let last: OperationAnswer
        do {
            last = try await client.follow(begun, until: patience.map { .now + $0 }) { old, new in
                try tell(OperationText.news(from: old, to: new), from: host)
            }
        } catch var failure as Failure {
            failure.message += "; how \(begun.info.kind.rawValue) \(id) ended is not known"
            (failure.hint, failure.nextStep) = (nil, look)
            throw failure
        }
        guard last.info.done else {
            let time = patience?.text ?? "0s"
            var failure = Failure(
                kind: .timedOut, message: "\(last.info.kind.rawValue) \(id) is not done after \(time), and continues")
            failure.nextStep = look
            return (last, failure)
        }
        try tell([OperationText.verdict(last.info)], from: host)
        return (last, Failure(last.info))
    }

    /// Shows the answers. Failures were reported already.
    func show(_ answers: [(host: String, answer: HostAnswer)], waited: Bool) throws -> ExitStatus {
        let isTold = waited && session.options.output == .table
        let report = Report(
            tables: isTold ? [] : [OperationTable.columns], answers: answers, isList: session.isList)
        try StandardStreams.write(
            report.render(session.options.output, width: Terminal.width, inColour: session.takesColour))
        return report.status
    }

    /// Lines of progress, for people. JSON has only the last state.
    func tell(_ lines: [String], from host: String) throws {
        guard session.options.output == .table, !lines.isEmpty else { return }
        let prefix = session.hosts.count > 1 ? "\(TerminalText.safe(host)): " : ""
        try StandardStreams.write(Array(lines.map { prefix + TerminalText.safe($0) + "\n" }.joined().utf8))
    }

    /// The result of all hosts, as the last lines.
    func tell(summary lines: [String]) throws {
        guard session.options.output == .table else { return }
        try StandardStreams.write(Array(lines.map { TerminalText.safe($0) + "\n" }.joined().utf8))
    }

    private func note(_ stage: Stage?, at host: String) {
        stages[host] = stage
        prepareFarewell()
    }

    private func prepareFarewell() {
        var lines = stages.sorted { $0.key < $1.key }.map { host, stage in
            "\(TerminalText.safe(host)): \(farewell(stage, session.program(for: host)))"
        }
        if let roll {
            if !roll.done.isEmpty { lines.insert("done: \(Self.list(roll.done))", at: 0) }
            if !roll.toCome.isEmpty { lines.append("not started: \(Self.list(roll.toCome))") }
        }
        Signals.sayWhenInterrupted(lines.joined(separator: "\n"))
    }

    private func farewell(_ stage: Stage, _ program: String) -> String {
        switch stage {
        case .asked(let kind):
            "it is not known whether the \(kind.rawValue) began; see: \(program) operations"
        case .underWay(let info):
            "\(info.kind.rawValue) \(info.id) continues; cancel it with: \(program) operation cancel \(info.id)"
        }
    }

    private static func list(_ hosts: [String]) -> String {
        hosts.map(TerminalText.safe).joined(separator: ", ")
    }
}
