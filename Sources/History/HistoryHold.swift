// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Events that are not to be removed yet, because they wait to be forwarded.
package struct HistoryHold: Hashable, Sendable {
    /// All up to this seq is forwarded.
    package var through: Int64
    /// If more than this waits, in bytes, the oldest of it may be removed all the same.
    package var maxBytes: Int64

    package init(through: Int64, maxBytes: Int64) {
        self.through = through
        self.maxBytes = maxBytes
    }

    /// The last seq that may be removed now. How much waits is estimated from the share that it has of all seqs.
    func lastRemovable(of bounds: ClosedRange<Int64>, used: Int64) -> Int64 {
        let waiting = Double(bounds.upperBound) - Double(max(through, bounds.lowerBound - 1))
        let all = Double(bounds.upperBound) - Double(bounds.lowerBound) + 1
        return Double(used) * waiting / all > Double(maxBytes) ? .max : through
    }
}

extension History {
    private static let forwardedKey = "forwardedThrough"

    /// Up to which seq the history was forwarded when it was last pruned.
    package var forwardedThrough: Int64 { get throws { try read(Self.forwardedThrough) } }

    private static func forwardedThrough(_ db: Database) throws -> Int64 {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [forwardedKey])
            .flatMap { Int64($0) } ?? 0
    }

    /// The next run holds what waits, also before it has reached the central history.
    static func note(_ hold: HistoryHold, _ db: Database) throws {
        guard try forwardedThrough(db) != hold.through else { return }
        try db.execute(
            sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            arguments: [forwardedKey, "\(hold.through)"])
    }
}
