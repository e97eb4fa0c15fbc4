// SPDX-License-Identifier: Apache-2.0

import Shared

/// Numbers that continue over restarts. Each run reserves some before it gives them, so that no run gives one of them
/// again, even if nothing could be stored.
struct ReservedNumbers {
    /// The last that is this run's. Nil: all are.
    private var last: Int?

    init(through last: Int?) {
        self.last = last
    }

    mutating func reserve(through last: Int) {
        if let known = self.last { self.last = max(known, last) }
    }

    /// `next` if it is reserved, and the microseconds since 1970 if not. Other runs count from smaller numbers, or have
    /// begun with the microseconds of another time, and give fewer than one number in a microsecond.
    mutating func checked(_ next: Int, at time: Timestamp) -> Int {
        guard let last, next > last else { return next }
        self.last = nil
        return max(next, Int(time.milliseconds) * 1000)
    }
}
