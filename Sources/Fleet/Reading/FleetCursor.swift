// SPDX-License-Identifier: Apache-2.0

import Shared

/// Where a watch of the fleet's events goes on: behind an event, in the order of writing.
package struct FleetCursor: Hashable, Sendable {
    /// The number of the transaction that wrote the event.
    var transaction: UInt64
    /// The agent's number in the registry.
    var agent: Int64
    var seq: Int64
    /// Where and when the number was given. Nil: before the oldest event, anywhere.
    package var origin: Origin?

    /// A transaction's number means something on one server alone, and after a while its events are removed.
    package struct Origin: Hashable, Sendable {
        /// Names the server, its timeline and the table. After a failover the same numbers are given again.
        var server: Int64
        /// The day by the server's clock, since 1970.
        var day: Int64
    }

    init(transaction: UInt64, agent: Int64, seq: Int64, origin: Origin?) {
        self.transaction = transaction
        self.agent = agent
        self.seq = seq
        self.origin = origin
    }

    /// Before the oldest event.
    package static let earliest = FleetCursor(transaction: 0, agent: 0, seq: 0, origin: nil)

    /// For a client, which only hands it back.
    package var text: String {
        let place = "\(transaction)-\(agent)-\(seq)"
        return origin.map { "\(place)-\($0.day)-\($0.server)" } ?? place
    }

    /// Reads what a client hands back. Nil if it is not a cursor.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 5, let transaction = UInt64(digits: parts[0]), let agent = Int32(digits: parts[1]),
            let seq = Int64(digits: parts[2]), let day = Int32(digits: parts[3]), let server = Int64(digits: parts[4])
        else { return nil }
        self.init(
            transaction: transaction, agent: Int64(agent), seq: seq, origin: Origin(server: server, day: Int64(day)))
    }
}

/// Events that a watch reads at once.
struct FleetWatchPage: Sendable {
    var events: [FleetEvent] = []
    /// Behind the last of them, and behind those that were passed over.
    var cursor: FleetCursor
    /// Whether there may be more by now.
    var hasMore = false
}
