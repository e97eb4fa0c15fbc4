// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// A moment, in whole milliseconds since 1970 in UTC; RFC 3339 on the wire.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    /// The moment this many milliseconds after 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The time of the machine's clock.
    public static var now: Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    /// The moment this much later, but at most the end of the year 9999, because RFC 3339 has four digits for the year.
    public func advanced(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = duration.components
        // More than any year that can be written, and too little for an overflow.
        let bound = Self.latest.milliseconds
        let whole = min(max(seconds, -bound), bound) * 1000 + attoseconds / 1_000_000_000_000_000
        return min(Timestamp(milliseconds: milliseconds.addingReportingOverflow(whole).partialValue), .latest)
    }

    private static let latest = Timestamp(milliseconds: 253_402_300_799_999)

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp: LosslessStringConvertible {
    /// Reads only RFC 3339, with or without a fraction of a second. Digits beyond milliseconds are cut off.
    public init?(_ description: String) {
        guard let time = RFC3339(description) else { return nil }
        milliseconds = time.milliseconds
    }

    /// `2026-11-22T15:51:44.272Z`
    public var description: String { RFC3339(milliseconds: milliseconds).description }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let timestamp = Timestamp(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a time is written as 2026-11-22T15:51:44.272Z")
        }
        self = timestamp
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
