// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// `cluster-cli operation ID`, `cluster-cli operation cancel ID`
struct OperationShow: SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "operation", abstract: "Shows, awaits or cancels an operation.",
        usage: """
            cluster-cli operation ID [--wait] [OPTIONS]
            cluster-cli operation cancel ID [OPTIONS]
            """,
        discussion: """
            EXAMPLES:
              cluster-cli operation 4f1c09a27b           how far it is
              cluster-cli operation 4f1c09a27b --wait    until it ends; 0 if it succeeds
              cluster-cli operation cancel 4f1c09a27b    what was replaced stays

            A cancel stops new workers that have not proved good. It changes nothing if the operation has ended.
            """)

    @Argument(
        help: ArgumentHelp("The operation's id; or the word cancel.", valueName: "id"),
        completion: Candidates.operations)
    var first: String

    @Argument(
        help: ArgumentHelp("After cancel: the operation's id.", valueName: "id"), completion: Candidates.operations)
    var second: String?

    @Flag(help: "Wait until it is done. The exit code tells the verdict, as with reload.")
    var wait = false

    @OptionGroup var limit: WaitLimit

    @OptionGroup var global: GlobalOptions

    private var cancels: Bool { first == "cancel" }

    func validate() throws {
        guard cancels == (second != nil) else {
            throw ValidationError(
                cancels ? "give the id of the operation to cancel" : "give one id; or the word cancel and an id")
        }
        guard !cancels || !(wait || limit.duration != nil) else {
            throw ValidationError("--wait does not go with cancel")
        }
        _ = try OperationID.parse(second ?? first)
    }

    func run(in session: Session) async throws -> ExitStatus {
        let id = try OperationID.parse(second ?? first)
        guard wait || limit.duration != nil else {
            let columns: [Table.Column] = [.init(title: "FIELD"), .init(title: "VALUE", isFlexible: true)]
            return try await session.report(columns) { client in
                let operation = try await cancels ? client.cancel(id) : client.operation(id)
                return HostAnswer(json: operation.json, rows: Self.rows(operation.info))
            }
        }
        let runner = OperationRunner(session, patience: limit.duration)
        return try await runner.run(waits: true) { try await $0.operation(id) }
    }

    static func rows(_ info: OperationInfo) -> [Table.Row] {
        var rows: [Table.Row] = [
            ["operation", Cell(info.id)], ["kind", Cell(info.kind.rawValue)], ["state", OperationTable.state(info)],
            ["progress", Cell("\(info.progress.replaced) of \(info.progress.total)")],
            ["startedAt", Cell(info.startedAt)], ["endedAt", Cell(info.endedAt)], ["by", Cell(info.principal)],
            ["requestId", Cell(info.requestId)],
        ]
        if let unsupervised = info.unsupervised {
            rows.append(["left alone", Cell(counted(unsupervised, "forked worker"))])
        }
        for step in info.progress.instances {
            let worker = step.workerId.map { ", worker \($0)" } ?? ""
            rows.append([Cell("instance \(step.instance)"), Cell(words(step.state, info) + worker)])
        }
        guard let failure = info.failure else { return rows }
        rows.append(["failure", Cell("instance \(failure.instance): \(failure.sentence)", tone: .bad)])
        return rows + failure.lastLines.enumerated().map { [Cell($0.offset == 0 ? "stderr" : ""), Cell($0.element)] }
    }

    private static func words(_ state: OperationProgress.Step.State, _ info: OperationInfo) -> String {
        switch state {
        case .waiting: "waiting"
        case .underWay: info.done ? "not finished" : "under way"
        case .replaced: "replaced"
        case .failed: "failed"
        }
    }
}
