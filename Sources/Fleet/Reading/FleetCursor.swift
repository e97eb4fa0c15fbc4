// SPDX-License-Identifier: Apache-2.0

import Shared

/// Where a watch of the fleet's events goes on: behind an event, in the order of writing.
package struct FleetCursor: Hashable, Sendable {
    /// The number of the transaction that wrote the event.
    var transaction: UInt64
    /// The agent's number in the registry.
    var agent: Int64
    var seq: Int64

    init(transaction: UInt64, agent: Int64, seq: Int64) {
        self.transaction = transaction
        self.agent = agent
        self.seq = seq
    }

    /// Before the oldest event.
    package static let earliest = FleetCursor(transaction: 0, agent: 0, seq: 0)

    /// For a client, which only hands it back.
    package var text: String { "\(transaction)-\(agent)-\(seq)" }

    /// Reads what a client hands back. Nil if it is not a cursor.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let transaction = UInt64(digits: parts[0]), let agent = Int32(digits: parts[1]),
            let seq = Int64(digits: parts[2])
        else { return nil }
        self.init(transaction: transaction, agent: Int64(agent), seq: seq)
    }
}

/// Events that a watch reads at once.
struct FleetWatchPage: Sendable {
    var events: [FleetEvent] = []
    /// Behind the last of them.
    var cursor: FleetCursor
    /// Whether there may be more by now.
    var hasMore = false
}
