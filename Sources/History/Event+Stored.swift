// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension Event {
    static let columns = "seq, time_ms, type, worker_id, pid, request_id, data"

    private static let insertion = """
        INSERT INTO events (time_ms, type, worker_id, pid, request_id, data) VALUES (?, ?, ?, ?, ?, ?)
        """

    /// - Parameter row: has ``columns``, in that order.
    init(stored row: Row, types: EventTypeCodes) throws {
        let seq = try row.decode(Int64.self, atIndex: 0)
        let code = try row.decode(Int64.self, atIndex: 2)
        guard let type = types[code] else {
            throw ClusterError(
                .unavailable, .historyUnavailable,
                "event \(seq) has the unknown type \(code); was the file changed by hand?")
        }
        let data = try row.decode(String.self, atIndex: 6)
        self.init(
            seq: seq, time: Timestamp(milliseconds: try row.decode(atIndex: 1)), type: type,
            workerId: try row.decode(Int?.self, atIndex: 3).flatMap(WorkerID.init(rawValue:)),
            pid: try row.decode(atIndex: 4), requestId: try row.decode(atIndex: 5),
            data: try Self.data(stored: data, of: type))
    }

    /// What `insertion` stores.
    func arguments(types: EventTypeCodes) throws -> StatementArguments {
        guard let code = types[type] else {
            throw ClusterError(.internal, .internalError, "the schema has no event type \(type.rawValue)")
        }
        return [
            time.milliseconds, code, workerId?.rawValue, pid, requestId,
            String(decoding: try data.json(), as: UTF8.self),
        ]
    }

    /// A message is a worker's, and may hold what only can be passed on; all else is the agent's own.
    private static func data(stored text: String, of type: EventType) throws -> EventData {
        if type == .message { return .text(Array(text.utf8)) }
        return text == "{}" ? [:] : .value(try StoredJSON.value(text))
    }

    /// - Returns: the seq.
    @discardableResult
    func insert(_ db: Database, types: EventTypeCodes) throws -> Int64 {
        try Self.insert(db, arguments(types: types))
    }

    static func insert(_ db: Database, _ arguments: StatementArguments) throws -> Int64 {
        try db.cachedStatement(sql: insertion).execute(arguments: arguments)
        return db.lastInsertedRowID
    }
}
