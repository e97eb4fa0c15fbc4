// SPDX-License-Identifier: Apache-2.0

import Shared

/// A length of time as people write it: `90s`, `15m`, `2h`, `7d`.
struct Age: Hashable, Sendable {
    let milliseconds: Int64

    /// Nil unless it is digits and a unit, and fits in 32 bits. Then no sum with a time overflows.
    init?(_ text: String) {
        let units: [Character: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = text.last.flatMap({ units[$0] }), let number = UInt32(digits: text.dropLast()) else {
            return nil
        }
        milliseconds = Int64(number) * unit
    }
}
