// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Shared

/// A size on the command line, in powers of 1024 as for the agent: `1000000`, `500K`, `512M`, `2G`.
struct SizeArgument: Hashable, Sendable {
    let bytes: Int64

    private static let units: [(name: Character, bytes: Int64)] = [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)]

    init?(_ text: String) {
        let unit = Self.units.first { $0.name == text.last }
        guard let number = Int64(digits: unit == nil ? text[...] : text.dropLast()), number > 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit?.bytes ?? 1)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    /// `512M`, `1536M`: in the largest unit that loses nothing.
    static func exactly(_ bytes: Int64) -> String {
        units.first { bytes % $0.bytes == 0 }.map { "\(bytes / $0.bytes)\($0.name)" } ?? "\(bytes)"
    }

    /// `512M`. A size that is not a whole number of a unit is rounded to the largest unit that fits: `1.5G`.
    static func text(_ bytes: Int64) -> String {
        guard let unit = units.first(where: { bytes >= $0.bytes }) else { return "\(bytes)" }
        let tenths =
            (bytes.multipliedReportingOverflow(by: 10).overflow ? bytes / unit.bytes * 10 : bytes * 10 / unit.bytes)
        return tenths % 10 == 0 ? "\(tenths / 10)\(unit.name)" : "\(tenths / 10).\(tenths % 10)\(unit.name)"
    }
}
