// SPDX-License-Identifier: Apache-2.0

import Shared

/// A size as people write it, in powers of 1024: `1000000`, `500K`, `500M`, `2G`.
struct ByteCount: Hashable, Sendable {
    let bytes: Int64

    /// Nil unless it is digits and perhaps a unit, above 0, and fits.
    init?(_ text: String) {
        let units: [Character: Int64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Int64(digits: unit == nil ? text[...] : text.dropLast()), number > 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow else { return nil }
        self.bytes = bytes
    }
}
