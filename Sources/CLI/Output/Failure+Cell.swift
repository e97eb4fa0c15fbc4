// SPDX-License-Identifier: Apache-2.0

extension Failure {
    /// The failure in a word, for a host's line in a table.
    var cell: Cell {
        let word =
            switch kind {
            case .refused: "refused"
            case .unreachable: "unreachable"
            case .unauthorised: "unauthorised"
            case .timedOut: "timed out"
            }
        return Cell(word, tone: .bad)
    }
}
