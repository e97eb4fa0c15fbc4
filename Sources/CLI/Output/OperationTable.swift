// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Operations as rows.
enum OperationTable {
    static let columns: [Table.Column] = [
        .init(title: "OPERATION", isWhole: true), .init(title: "KIND"), .init(title: "STATE"),
        .init(title: "PROGRESS", isNumber: true, rank: 3), .init(title: "STARTED", rank: 4),
        .init(title: "TOOK", isNumber: true, rank: 2),
        .init(title: "BY", isFlexible: true, isOptional: true, rank: 1),
        .init(title: "WHY", isFlexible: true, isOptional: true),
    ]

    static func row(_ info: OperationInfo, now: Timestamp) -> Table.Row {
        let took = (info.endedAt ?? (info.done ? nil : now)).map { Timestamp.age(of: info.startedAt, at: $0) }
        return [
            Cell(info.id), Cell(info.kind.rawValue), state(info),
            Cell("\(info.progress.replaced)/\(info.progress.total)"),
            Cell(info.startedAt), Cell(took), Cell(info.principal ?? ""), Cell(info.failure.map(why) ?? ""),
        ]
    }

    /// The verdict, or the phase if there is none yet.
    static func state(_ info: OperationInfo) -> Cell {
        guard let verdict = info.verdict else { return Cell(info.phase.rawValue, tone: .doubtful) }
        return Cell(verdict.rawValue, tone: verdict == .succeeded ? .good : .bad)
    }

    /// `worker 7 ended with exit code 1: Error: no database`
    static func why(_ failure: WorkerFailure) -> String {
        failure.sentence + (failure.lastWords.map { ": \($0)" } ?? "")
    }
}
