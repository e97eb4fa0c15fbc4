// SPDX-License-Identifier: Apache-2.0

import CPQ
import Shared

/// One row of a result, valid only while its receiver runs. Columns are read in order.
struct PostgresRow {
    private let result: OpaquePointer
    private var column: Int32 = 0

    init(_ result: OpaquePointer) {
        self.result = result
    }

    /// - Throws: if there are no more columns: the statement and its reader differ.
    private mutating func next() throws(PostgresError) -> [UInt8]? {
        guard column < PQnfields(result) else { throw Self.unreadable("it has \(column) columns") }
        defer { column += 1 }
        guard PQgetisnull(result, 0, column) == 0, let value = PQgetvalue(result, 0, column) else { return nil }
        // libpq says how long the value is.
        return Array(UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, 0, column))))
    }

    mutating func bytes() throws(PostgresError) -> [UInt8]? { try next() }

    mutating func text() throws(PostgresError) -> String? { try next().map { String(decoding: $0, as: UTF8.self) } }

    mutating func integer<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(PostgresError) -> Number? {
        guard let text = try text() else { return nil }
        guard let number = Number(text) else { throw Self.unreadable("\(text) is not a number of its size") }
        return number
    }

    mutating func bool() throws(PostgresError) -> Bool? { try text().map { $0 == "t" } }

    /// A column of milliseconds since 1970.
    mutating func time() throws(PostgresError) -> Timestamp? { try integer().map(Timestamp.init(milliseconds:)) }

    /// A column that must have a value.
    static func some<Value>(_ value: Value?) throws(PostgresError) -> Value {
        guard let value else { throw unreadable("a value is missing") }
        return value
    }

    static func unreadable(_ problem: String) -> PostgresError {
        PostgresError(.unsuitable, "a row of the fleet's tables cannot be read: \(problem); were they changed by hand?")
    }
}
