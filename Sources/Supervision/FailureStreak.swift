// SPDX-License-Identifier: Apache-2.0

import Shared

/// How often an instance has failed lately, and what follows from that.
struct FailureStreak: Hashable, Codable, Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Since a worker was ready for long enough.
    private(set) var inARow = 0
    /// The newest failures, oldest first, at most one more than the intensity.
    private var recent: [Instant] = []

    /// Notes a failure.
    ///
    /// - Parameter served: how long the worker was ready.
    mutating func note(at now: Instant, served: Duration, _ policy: SupervisionPolicy) {
        inARow = served >= policy.stableTime ? 0 : inARow + 1
        recent.append(now)
        recent.removeFirst(max(0, recent.count - policy.intensity - 1))
    }

    /// Whether there were more failures within the period than the policy allows.
    func isTooLong(at now: Instant, _ policy: SupervisionPolicy) -> Bool {
        guard policy.intensity > 0 else { return false }
        return recent.count { $0 > now - .milliseconds(policy.periodMs) } > policy.intensity
    }

    /// How many of the newest failures are kept: at most one more than the intensity.
    var recentCount: Int { recent.count }

    /// The delay before the next try: none after a worker that was ready for long, otherwise doubled with each failure.
    ///
    /// - Parameter jitter: 0 to 1; up to a quarter of the delay is added, so that instances that failed together do not try
    ///   together forever.
    func delay(_ policy: SupervisionPolicy, jitter: Double) -> Duration {
        guard inARow > 0 else { return .zero }
        // The delay is at least 1 ms and at most a year, which 40 doublings exceed.
        let doubled = Double(policy.backoffMs) * Double(UInt64(1) << UInt64(min(inARow - 1, 40)))
        let delay = min(doubled, Double(policy.backoffMaxMs))
        return .milliseconds(Int64(delay + delay * jitter / 4))
    }

    /// Somebody gave a command, so the instance gets all its tries again.
    mutating func forgive() {
        self = FailureStreak()
    }
}

extension SupervisionPolicy {
    /// A worker that was ready for this long has proved that it works, so its end does not count in a row. At least a
    /// second: if `minReadyMs` is 0, a worker that crashes as soon as it is ready must be delayed too.
    var stableTime: Duration { max(.milliseconds(minReadyMs) * 10, .seconds(1)) }
}
