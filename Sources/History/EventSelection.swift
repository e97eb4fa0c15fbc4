// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

/// The SQL of an `EventQuery`. It names the index itself. Without statistics SQLite would sometimes sort all events of a
/// type, and a page would cost more as the history grows.
struct EventSelection {
    let sql: String
    let arguments: StatementArguments

    /// Nil if no event can match.
    init?(_ query: EventQuery, types codes: EventTypeCodes) {
        guard query.limit > 0 else { return nil }
        let types = query.types.compactMap { codes[$0] }.sorted()
        if !query.types.isEmpty && types.isEmpty { return nil }

        var bounds = Bounds(query)
        let direction = query.order == .ascending ? "ASC" : "DESC"
        let page = "ORDER BY seq \(direction) LIMIT :limit"
        bounds.arguments["limit"] = query.limit

        func select(_ index: String, _ conditions: [String], columns: String = Event.columns) -> String {
            let conditions = conditions + bounds.conditions
            let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
            return "SELECT \(columns) FROM events \(index) \(filter) \(page)"
        }

        let typeNames = types.indices.map { "type\($0)" }
        for (name, code) in zip(typeNames, types) { bounds.arguments[name] = code }
        let placeholders = typeNames.map { ":" + $0 }

        var few: [String] = []
        if query.workerID != nil { few.append("worker_id = :worker") }
        if query.requestID != nil { few.append("request_id = :request") }
        if let workerID = query.workerID { bounds.arguments["worker"] = workerID.rawValue }
        if let requestID = query.requestID { bounds.arguments["request"] = requestID }

        if !few.isEmpty {
            // A request or a worker has few events: the types are looked at one by one.
            if !types.isEmpty { few.append("type IN (\(placeholders.joined(separator: ", ")))") }
            let index = query.requestID != nil ? "events_by_request" : "events_by_worker"
            sql = select("INDEXED BY \(index)", few)
        } else if types.isEmpty {
            sql = select("", [])
        } else {
            // A page of each type, in order from the index, and of these pages the first events. Their data are read
            // one by one afterwards, because SQLite would put the pages of all types into memory.
            let index = "INDEXED BY events_by_type"
            if placeholders.count == 1 {
                sql = select(index, ["type = \(placeholders[0])"])
            } else {
                let pages = placeholders.map { "SELECT * FROM (\(select(index, ["type = \($0)"], columns: "seq")))" }
                sql = """
                    SELECT \(Event.columns) FROM (\(pages.joined(separator: " UNION ALL ")) \(page)) AS page \
                    CROSS JOIN events USING (seq) ORDER BY page.seq \(direction)
                    """
            }
        }
        arguments = StatementArguments(bounds.arguments)
    }

    /// Between which seqs and times the events lie.
    private struct Bounds {
        var conditions: [String] = []
        var arguments: [String: (any DatabaseValueConvertible)?] = [:]

        init(_ query: EventQuery) {
            if let after = query.afterSeq {
                conditions.append("seq > :after")
                arguments["after"] = after
            }
            if let before = query.beforeSeq {
                conditions.append("seq < :before")
                arguments["before"] = before
            }
            if let since = query.since {
                conditions.append(
                    """
                    time_ms >= :since AND seq >= coalesce((SELECT first_seq FROM time_spans \
                    WHERE newest_ms >= :since ORDER BY first_seq LIMIT 1), \(Int64.max))
                    """)
                arguments["since"] = since.milliseconds
            }
            if let until = query.until {
                conditions.append(
                    """
                    time_ms < :until AND seq < coalesce((SELECT first_seq + 1024 FROM time_spans \
                    WHERE oldest_ms < :until ORDER BY first_seq DESC LIMIT 1), 0)
                    """)
                arguments["until"] = until.milliseconds
            }
        }
    }
}
