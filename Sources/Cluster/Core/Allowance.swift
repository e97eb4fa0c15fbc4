// SPDX-License-Identifier: Apache-2.0

import Shared

/// Limits how often others can cause something: a few times at once, and then a number of times per second.
struct Allowance {
    private let burst: Double
    private let perSecond: Double
    private var left: Double
    private var last: Timestamp?

    init(burst: Int, perSecond: Int) {
        self.burst = Double(burst)
        self.perSecond = Double(perSecond)
        left = self.burst
    }

    /// False if it was done too often in the last moments.
    mutating func take(at time: Timestamp) -> Bool {
        // If the clock is set back, no time has passed.
        let elapsed = max(0, time.milliseconds - (last ?? time).milliseconds)
        left = min(burst, left + Double(elapsed) / 1000 * perSecond)
        last = time
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
