// SPDX-License-Identifier: Apache-2.0

import History
import Shared

/// The use cases of events: reading past ones and watching new ones.
struct EventOperations: Sendable {
    let reader: HistoryReader
    let broadcaster: EventBroadcaster
    let clock: any Clock<Duration>

    /// - Parameter kept: events after this seq must still be there. Nil if that does not matter.
    /// - Throws: `HISTORY_UNAVAILABLE`, `SEQ_EXPIRED`
    func page(_ query: EventQuery, kept: Int64?) async throws -> EventPage {
        try await reader.read { history in
            let page = try history.page(query)
            // Checked after the read, because events may be removed in between.
            if let kept { try history.requireKept(after: kept, messages: query.wantsMessages) }
            return page
        }
    }

    /// - Parameter heartbeat: the longest time without a byte, so that both ends notice a broken connection.
    /// - Throws: as `EventFeed.open`.
    func watch(
        from cursor: EventFeed.Cursor, _ filter: EventFeed.Filter, for owner: WatcherOwner, heartbeat: Duration
    ) async throws -> EventFeed {
        let feed = try await EventFeed.open(
            history: reader.history, broadcaster: broadcaster, cursor: cursor, filter: filter, owner: owner,
            heartbeat: heartbeat, clock: clock)
        // A client that has got the first bytes must not miss a message.
        if filter.messages { await broadcaster.settleDemand(clock: clock) }
        return feed
    }
}
