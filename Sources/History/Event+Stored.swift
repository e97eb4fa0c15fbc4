// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension Event {
    static let columns = "seq, time_ms, type, worker_id, pid, request_id, data"

    private static let insertion = """
        INSERT INTO events (time_ms, type, worker_id, pid, request_id, data) VALUES (?, ?, ?, ?, ?, ?)
        """

    /// An event that cannot be read is a `gap`, so that it hides none of the others.
    /// - Parameter row: has ``columns``, in that order.
    init(stored row: Row, types: EventTypeCodes) throws {
        let seq = try row.decode(Int64.self, atIndex: 0)
        let time = Timestamp(milliseconds: try row.decode(atIndex: 1))
        do {
            self = try Self.readable(row, seq: seq, time: time, types)
        } catch {
            self.init(
                seq: seq, time: time, type: .gap,
                data: [
                    "lost": 1, "since": .string("\(time)"), "until": .string("\(time)"),
                    "reason": .string("event \(seq) cannot be read; was the file changed by hand?"),
                ])
        }
    }

    private static func readable(
        _ row: Row, seq: Int64, time: Timestamp, _ types: EventTypeCodes
    ) throws -> Event {
        let code = try row.decode(Int64.self, atIndex: 2)
        guard let type = types[code] else {
            throw ClusterError(.unavailable, .historyUnavailable, "event \(seq) has the unknown type \(code)")
        }
        let data = try row.decode(String.self, atIndex: 6)
        return Event(
            seq: seq, time: time, type: type,
            workerId: try row.decode(Int?.self, atIndex: 3).flatMap(WorkerID.init(rawValue:)),
            pid: try row.decode(atIndex: 4), requestId: try row.decode(atIndex: 5),
            data: try Self.data(stored: data, of: type))
    }

    /// What `insertion` stores.
    func arguments(types: EventTypeCodes) throws -> StatementArguments {
        guard let code = types[type] else {
            throw ClusterError(.internal, .internalError, "the schema has no event type \(type.rawValue)")
        }
        let json = try data.json()
        guard json.count <= EventData.maxBytes else {
            throw ClusterError(
                .internal, .internalError,
                "a \(type.rawValue) event of \(json.count >> 20) MiB is too large; the history stores up to "
                    + "\(EventData.maxBytes >> 20) MiB")
        }
        return [
            time.milliseconds, code, workerId?.rawValue, pid, requestId, String(decoding: json, as: UTF8.self),
        ]
    }

    /// A message comes from a worker, and may hold what can only be passed on. All other data is the agent's own.
    private static func data(stored text: String, of type: EventType) throws -> EventData {
        if type == .message { return try message(stored: text) }
        return text == "{}" ? [:] : .value(try StoredJSON.value(text))
    }

    /// A message that nests too deep for readers stands in a string. An older version stored such messages.
    private static func message(stored text: String) throws -> EventData {
        let isObject = text.utf8.first == UInt8(ascii: "{") && text.utf8.last == UInt8(ascii: "}")
        guard isObject, !text.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else {
            throw ClusterError(.unavailable, .historyUnavailable, "this is not a message")
        }
        // The object around the message is one level.
        guard JSONText.levels(of: text.utf8) > JSONValue.maxDepth + 1 else { return .text(Array(text.utf8)) }
        let wrapper = #"{"message":"#
        let message = text.hasPrefix(wrapper) ? String(text.dropFirst(wrapper.count).dropLast()) : text
        return .value(.object(["messageText": .string(message)]))
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
