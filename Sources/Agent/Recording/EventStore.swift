// SPDX-License-Identifier: Apache-2.0

import History

/// Where the recorder stores. A protocol, because a full disk is hard to come by in a test.
protocol EventStore: Sendable {
    /// Stores all of `entries` durably, or none, and returns their seqs in order.
    /// - Throws: as `History.append`.
    func store(_ entries: [HistoryEntry]) async throws -> [Int64]
}

extension History: EventStore {}
