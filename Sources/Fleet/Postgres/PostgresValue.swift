// SPDX-License-Identifier: Apache-2.0

import Shared

/// A value that is bound to a statement, in PostgreSQL's binary form.
enum PostgresValue: Sendable {
    case text(String?)
    case integer(Int64?)
    case integers([Int64?])
    case bool(Bool?)
    case texts([String?])
    /// JSON in UTF-8. The server checks it.
    case json([UInt8]?)
    case jsons([[UInt8]])
    case time(Timestamp?)
    case times([Timestamp?])

    /// The number of its type (pg_type.dat).
    var type: UInt32 {
        switch self {
        case .text: 25
        case .integer: 20
        case .integers: 1016
        case .bool: 16
        case .texts: 1009
        case .json: 114
        case .jsons: 199
        case .time: 1184
        case .times: 1185
        }
    }

    /// Nil for NULL.
    var bytes: [UInt8]? {
        switch self {
        case .text(let text): text.map { Array(Self.storable($0).utf8) }
        case .integer(let number): number.map(Self.bigEndian)
        case .bool(let flag): flag.map { [$0 ? 1 : 0] }
        case .json(let json): json
        case .time(let time): time.map { Self.bigEndian(Self.microseconds(of: $0)) }
        case .integers(let numbers): Self.array(of: 20, numbers.map { $0.map(Self.bigEndian) })
        case .texts(let texts): Self.array(of: 25, texts.map { $0.map { Array(Self.storable($0).utf8) } })
        case .jsons(let jsons): Self.array(of: 114, jsons)
        case .times(let times):
            Self.array(of: 1184, times.map { $0.map { Self.bigEndian(Self.microseconds(of: $0)) } })
        }
    }

    /// PostgreSQL's text has no NUL.
    private static func storable(_ text: String) -> String {
        text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : text
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    /// Since 2000, as the server counts. A time outside the years 1 to 9999 becomes the nearest in them, because no clock
    /// says so in earnest.
    private static func microseconds(of time: Timestamp) -> Int64 {
        let earliest: Int64 = -62_135_596_800_000
        let latest: Int64 = 253_402_300_799_999
        let year2000: Int64 = 946_684_800_000
        return (min(max(time.milliseconds, earliest), latest) - year2000) * 1000
    }

    /// One dimension (array_recv in the server's arrayfuncs.c).
    private static func array(of type: UInt32, _ items: [[UInt8]?]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + items.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        bytes += bigEndian(Int32(items.isEmpty ? 0 : 1))
        bytes += bigEndian(Int32(items.contains { $0 == nil } ? 1 : 0))
        bytes += bigEndian(type)
        guard !items.isEmpty else { return bytes }
        bytes += bigEndian(Int32(items.count))
        bytes += bigEndian(Int32(1))
        for item in items {
            bytes += bigEndian(Int32(item?.count ?? -1))
            if let item { bytes += item }
        }
        return bytes
    }
}
