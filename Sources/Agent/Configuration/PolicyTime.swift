// SPDX-License-Identifier: Apache-2.0

import Shared

/// A time of the supervision's policy.
struct PolicyTime: Hashable, Sendable {
    let milliseconds: Int

    /// The allowed forms; completes "it must be".
    static let form = "a time up to a year, such as 500ms, 30s, 5m, 12h"

    init?(_ text: String) {
        guard let milliseconds = WrittenTime.milliseconds(text, atMost: SupervisionPolicy.longestMs) else { return nil }
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
