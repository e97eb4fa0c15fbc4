// SPDX-License-Identifier: Apache-2.0

/// Where a watch begins.
enum EventCursor: Hashable, Sendable {
    case after(Int64)
    case earliest
    case latest

    /// Whether an event with this `seq` is one that was not seen yet.
    func isBefore(_ seq: Int64) -> Bool {
        if case .after(let last) = self { seq > last } else { true }
    }

    /// The value of `afterSeq`.
    var parameter: String {
        switch self {
        case .after(let seq): String(seq)
        case .earliest: "earliest"
        case .latest: "latest"
        }
    }
}
