// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared

extension History {
    /// At most `query.limit` events.
    package func events(_ query: EventQuery) throws -> [Event] {
        let eventTypes = try eventTypes
        guard let selection = EventSelection(query, types: eventTypes) else { return [] }
        return try read { db in
            let statement = try db.cachedStatement(sql: selection.sql)
            let rows = try Row.fetchCursor(statement, arguments: selection.arguments)
            var events: [Event] = []
            while let row = try rows.next() { events.append(try Event(stored: row, types: eventTypes)) }
            return events
        }
    }

    /// What was known of a worker after its last event; nil where the history has none of this id.
    package func worker(_ id: WorkerID) throws -> WorkerInfo? {
        try read { db in
            try Row.fetchOne(
                db, sql: "SELECT \(WorkerInfo.columns) FROM workers WHERE id = ?", arguments: [id.rawValue]
            ).map(WorkerInfo.init(stored:))
        }
    }

    /// At most `query.limit` workers, alive and gone.
    package func workers(_ query: WorkerQuery) throws -> [WorkerInfo] {
        guard query.limit > 0 else { return [] }
        let after = query.after?.rawValue ?? 0
        let page = "ORDER BY id LIMIT :limit"
        // A page of each state, in order from the index, and of these the first.
        let pages = query.states.map(\.rawValue).sorted().map { state in
            """
            SELECT * FROM (SELECT \(WorkerInfo.columns) FROM workers INDEXED BY workers_by_state \
            WHERE state = '\(state)' AND id > :after \(page))
            """
        }
        let sql =
            pages.isEmpty
            ? "SELECT \(WorkerInfo.columns) FROM workers WHERE id > :after \(page)"
            : pages.joined(separator: " UNION ALL ") + " " + page
        return try read { db in
            try Row.fetchAll(db, sql: sql, arguments: ["after": after, "limit": query.limit])
                .map(WorkerInfo.init(stored:))
        }
    }
}
