// SPDX-License-Identifier: Apache-2.0

import GRDB
package import Shared

/// How the agent that used the history before has ended.
package enum LastRun: Hashable, Sendable {
    /// There was none.
    case none
    /// In good order.
    case stopped(at: Timestamp)
    /// It was killed, or crashed, or the machine did; this was its last event.
    case lost(after: Timestamp)

    /// To be asked before anything is written.
    init(_ db: Database, types: EventTypeCodes) throws {
        guard let last = try Self.newest(db) else {
            self = .none
            return
        }
        let marks = try [EventType.agentStart, .agentStop].compactMap { types[$0] }.compactMap { code in
            try Self.newest(db, "INDEXED BY events_by_type WHERE type = \(code)")
        }
        let mark = marks.max { $0.seq < $1.seq }
        self = mark?.type == types[.agentStop] ? .stopped(at: mark?.time ?? last.time) : .lost(after: last.time)
    }

    private typealias Mark = (seq: Int64, time: Timestamp, type: Int64)

    private static func newest(_ db: Database, _ filter: String = "") throws -> Mark? {
        try Row.fetchOne(db, sql: "SELECT seq, time_ms, type FROM events \(filter) ORDER BY seq DESC LIMIT 1").map {
            (try $0.decode(atIndex: 0), Timestamp(milliseconds: try $0.decode(atIndex: 1)), try $0.decode(atIndex: 2))
        }
    }
}
