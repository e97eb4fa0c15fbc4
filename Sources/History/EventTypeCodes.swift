// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

/// The numbers of event types in the table `events`, as in the table `event_types`.
struct EventTypeCodes: Sendable {
    private let codes: [EventType: Int64]
    private let types: [Int64: EventType]

    init(_ db: Database) throws {
        var codes: [EventType: Int64] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT name, code FROM event_types") {
            guard let type = EventType(rawValue: try row.decode(String.self, atIndex: 0)) else { continue }
            codes[type] = try row.decode(Int64.self, atIndex: 1)
        }
        self.codes = codes
        types = Dictionary(codes.map { ($1, $0) }) { first, _ in first }
    }

    subscript(type: EventType) -> Int64? { codes[type] }

    subscript(code: Int64) -> EventType? { types[code] }
}
