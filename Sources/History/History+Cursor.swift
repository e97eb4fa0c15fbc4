// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension History {
    /// The oldest and the newest stored event. Nil if no event is stored.
    package var seqBounds: ClosedRange<Int64>? {
        get throws { try read(Self.seqBounds) }
    }

    static func seqBounds(_ db: Database) throws -> ClosedRange<Int64>? {
        guard let oldest = try Int64.fetchOne(db, sql: "SELECT min(seq) FROM events"),
            let newest = try Int64.fetchOne(db, sql: "SELECT max(seq) FROM events"), oldest <= newest
        else { return nil }
        return oldest...newest
    }

    /// The highest `seq` ever given, even if its event has been deleted; 0 before the first.
    package var lastSeq: Int64 {
        get throws {
            try read { db in
                try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0
            }
        }
    }

    /// The `seq` before the oldest event kept. A reader that begins after it misses nothing that is kept.
    package var oldestCursor: Int64 {
        get throws { try seqBounds.map { $0.lowerBound &- 1 } ?? lastSeq }
    }

    /// Messages up to this seq may have been removed before other events; 0 if none were.
    package var messageFloor: Int64 { get throws { try read(MessageFloor.seq) } }

    /// - Parameter messages: whether messages are of interest. They may have been removed before other events.
    /// - Throws: `OUT_OF_RANGE` (`SEQ_EXPIRED`, metadata `oldestSeq`) if an event after `seq` is no longer stored, or
    ///   if this history has not reached `seq`.
    package func requireKept(after seq: Int64, messages: Bool = false) throws {
        let floor = messages ? try read(MessageFloor.seq) : 0
        let oldest = max(try oldestCursor, floor)
        guard seq >= oldest else {
            throw ClusterError(
                .outOfRange, .seqExpired,
                "events after \(seq) are no longer kept; the oldest is \(oldest + 1), begin with afterSeq=earliest",
                metadata: ["oldestSeq": "\(oldest + 1)"])
        }
        let newest = try lastSeq
        guard seq <= newest else {
            throw ClusterError(
                .outOfRange, .seqExpired,
                "this history ends at \(newest) and has no event \(seq), which must be another data directory's; "
                    + "begin with afterSeq=earliest",
                metadata: ["oldestSeq": "\(oldest + 1)", "newestSeq": "\(newest)"])
        }
    }
}
