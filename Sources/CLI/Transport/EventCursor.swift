// SPDX-License-Identifier: Apache-2.0

/// Where a watch begins.
enum EventCursor: Hashable, Sendable {
    case after(Int64)
    /// What the agent has sent with a row. Only it knows which places come before which.
    case behind(String)
    case earliest
    case latest

    /// Whether a row at this place is one that was not seen yet.
    func isBefore(_ place: EventCursor) -> Bool {
        switch (self, place) {
        case (.after(let last), .after(let seq)): seq > last
        case (.behind(let last), .behind(let cursor)): cursor != last
        default: true
        }
    }

    /// The value of `afterSeq` or `after`.
    var parameter: String {
        switch self {
        case .after(let seq): String(seq)
        case .behind(let cursor): cursor
        case .earliest: "earliest"
        case .latest: "latest"
        }
    }
}
