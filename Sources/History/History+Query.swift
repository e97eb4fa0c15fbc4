// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared

extension History {
    /// Events that follow each other: at most `query.limit`, and at most about `maxBytes`.
    package func page(_ query: EventQuery, maxBytes: Int = EventPage.maxBytes) throws -> EventPage {
        let eventTypes = try eventTypes
        // One more tells whether there is more.
        var probe = query
        probe.limit = query.limit > 0 ? min(query.limit, .max - 1) + 1 : 0
        guard let selection = EventSelection(probe, types: eventTypes) else { return EventPage() }
        return try read { db in
            let statement = try db.cachedStatement(sql: selection.sql)
            let rows = try Row.fetchCursor(statement, arguments: selection.arguments)
            var page = EventPage(maxBytes: maxBytes)
            while let row = try rows.next() {
                let event = try Event(stored: row, types: eventTypes)
                guard page.append(event, atMost: query.limit) else { break }
            }
            return page
        }
    }

    /// Like ``page(_:)``, for a reader that goes on from the last event until there are none.
    package func events(_ query: EventQuery) throws -> [Event] {
        try page(query).events
    }

    /// The last known state of a worker. Nil if the history has none with this id.
    package func worker(_ id: WorkerID) throws -> WorkerInfo? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT \(WorkerInfo.columns) FROM workers WHERE id = ?", arguments: [id.rawValue]
            ).map(WorkerInfo.init(stored:))
        }
    }

    /// Workers that follow each other, alive and gone: at most `query.limit`, and about as many bytes as an `EventPage`.
    package func page(_ query: WorkerQuery) throws -> WorkerPage {
        guard query.limit > 0 else { return WorkerPage() }
        let after = query.after?.rawValue ?? 0
        let order = "ORDER BY id LIMIT :limit"
        // A page of each state, in order from the index, and of these the first.
        let pages = query.states.map(\.rawValue).sorted().map { state in
            """
            SELECT * FROM (SELECT \(WorkerInfo.columns) FROM workers INDEXED BY workers_by_state \
            WHERE state = '\(state)' AND id > :after \(order))
            """
        }
        let sql =
            pages.isEmpty
            ? "SELECT \(WorkerInfo.columns) FROM workers WHERE id > :after \(order)"
            : pages.joined(separator: " UNION ALL ") + " " + order
        return try read { db in
            // One more tells whether there is more.
            let limit = min(query.limit, .max - 1) + 1
            let rows = try Row.fetchCursor(db, sql: sql, arguments: ["after": after, "limit": limit])
            var page = WorkerPage()
            while let row = try rows.next() {
                guard page.append(row, atMost: query.limit) else { break }
            }
            return page
        }
    }

    /// Like ``page(_:)``, without the id after which there are more.
    package func workers(_ query: WorkerQuery) throws -> [WorkerInfo] {
        try page(query).workers
    }
}
