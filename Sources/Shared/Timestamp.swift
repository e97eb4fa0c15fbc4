// SPDX-License-Identifier: Apache-2.0

internal import FoundationEssentials

/// A moment, in whole milliseconds since 1970 in UTC; RFC 3339 on the wire.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The time of the machine's clock.
    public static var now: Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Timestamp: LosslessStringConvertible {
    private static let written = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    private static let wholeSeconds = Date.ISO8601FormatStyle()

    /// Reads RFC 3339, with or without a fraction of a second.
    public init?(_ description: String) {
        guard let date = (try? Self.written.parse(description)) ?? (try? Self.wholeSeconds.parse(description))
        else { return nil }
        milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded())
    }

    /// `2026-11-22T15:51:44.272Z`
    public var description: String {
        // The style cuts off what is below a millisecond, and few milliseconds are whole in a Double: the middle of
        // each is safe.
        Self.written.format(Date(timeIntervalSince1970: (Double(milliseconds) + 0.5) / 1000))
    }
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
