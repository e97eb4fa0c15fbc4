// SPDX-License-Identifier: Apache-2.0

/// Where a watch begins.
enum EventCursor: Hashable, Sendable {
    case after(Int64)
    case earliest
    case latest

    /// The value of `afterSeq`.
    var parameter: String {
        switch self {
        case .after(let seq): String(seq)
        case .earliest: "earliest"
        case .latest: "latest"
        }
    }
}
