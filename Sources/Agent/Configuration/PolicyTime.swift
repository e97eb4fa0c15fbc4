// SPDX-License-Identifier: Apache-2.0

import Shared

/// A time of the supervision's policy as people write it: `10` (seconds), `500ms`, `30s`, `5m`, `12h`, `7d`.
struct PolicyTime: Hashable, Sendable {
    let milliseconds: Int

    /// What it is written as; completes "it must be".
    static let form = "a time up to a year, such as 500ms, 30s, 5m, 12h"

    /// Nil unless it is digits and perhaps a unit, and no more than a policy may name.
    init?(_ text: String) {
        let units = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1000)]
        guard let (suffix, factor) = units.first(where: { text.hasSuffix($0.0) }),
            let number = Int(digits: text.dropLast(suffix.count))
        else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, milliseconds <= SupervisionPolicy.longestMs else { return nil }
        self.milliseconds = milliseconds
    }

    init(milliseconds: Int) {
        self.milliseconds = milliseconds
    }
}

extension PolicyTime: CustomStringConvertible {
    var description: String {
        milliseconds > 0 && milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
