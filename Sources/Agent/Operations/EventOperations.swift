// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// The use cases of events: reading those that were, and watching those that come.
struct EventOperations: Sendable {
    let reader: HistoryReader
    let broadcaster: EventBroadcaster
    let clock: any Clock<Duration>

    /// - Parameter kept: what comes after this seq must still be there. Nil: that is of no interest.
    /// - Throws: `HISTORY_UNAVAILABLE`, `SEQ_EXPIRED`
    func page(_ query: EventQuery, kept: Int64?) async throws -> EventPage {
        try await reader.read { history in
            let page = try history.page(query)
            // Asked afterwards: what is removed between the two was read.
            if let kept { try history.requireKept(after: kept, messages: query.wantsMessages) }
            return page
        }
    }

    /// - Parameter heartbeat: something is sent at least this often, so that both ends notice a broken connection.
    /// - Throws: as `EventFeed.open`.
    func watch(
        from cursor: EventFeed.Cursor, _ filter: EventFeed.Filter, for owner: WatcherOwner, heartbeat: Duration
    ) async throws -> EventFeed {
        let feed = try await EventFeed.open(
            history: reader.history, broadcaster: broadcaster, cursor: cursor, filter: filter, owner: owner,
            heartbeat: heartbeat, clock: clock)
        // A client that has the first bytes must miss no message.
        if filter.messages { await broadcaster.settleDemand(clock: clock) }
        return feed
    }
}
