// SPDX-License-Identifier: Apache-2.0

/// A length of time as people write it: `10` (seconds), `500ms`, `30s`, `5m`, `12h`, `7d`.
package enum WrittenTime {
    private static let units = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000),
    ]

    /// A year. Longer is a mistake, and nothing overflows below it.
    package static let longest = 366 * 86_400_000

    /// Nil unless `text` is digits and perhaps a unit, and means at most `longest` milliseconds.
    package static func milliseconds(_ text: String, atMost longest: Int) -> Int? {
        guard let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Int(digits: text.dropLast(suffix.count))
        else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow || milliseconds > longest ? nil : milliseconds
    }
}
