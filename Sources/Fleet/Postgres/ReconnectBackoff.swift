// SPDX-License-Identifier: Apache-2.0

/// When to try a broken connection again: soon at first, then less and less often, and never all agents at the same moment.
///
/// Clock and randomness come from outside.
package struct ReconnectBackoff: Hashable, Sendable {
    /// The longest wait after the first failure.
    var first: Duration = .milliseconds(250)
    /// The longest wait after any failure.
    var most: Duration = .seconds(15)
    /// A connection that has lasted this long was a good one.
    var stable: Duration = .seconds(10)

    private var failures = 0
    private var connectedAt: Duration?

    package init() {}

    /// - Parameter now: on a clock that never goes back.
    package mutating func didConnect(at now: Duration) {
        if connectedAt == nil { connectedAt = now }
    }

    /// A try failed, or the connection broke.
    /// - Parameter random: from 0 to 1. Half of the wait is fixed, and the other half depends on it.
    /// - Returns: how long to wait before the next try.
    package mutating func didFail(at now: Duration, random: Double) -> Duration {
        if let connectedAt, now - connectedAt >= stable { failures = 0 }
        connectedAt = nil
        let longest = min(most, first * (1 << min(failures, 20)))
        failures += 1
        return longest * (0.5 + 0.5 * min(max(random, 0), 1))
    }
}
