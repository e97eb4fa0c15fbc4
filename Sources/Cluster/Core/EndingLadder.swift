// SPDX-License-Identifier: Apache-2.0

import Shared

/// What is done, and when, to a worker that was told to go by a deadline and is still there: SIGTERM, then SIGKILL.
struct EndingLadder {
    enum Step {
        /// A worker with a timer or an open connection pool never ends by a disconnect alone.
        case terminate
        case kill
    }

    typealias Instant = ContinuousClock.Instant

    /// How long before the end SIGTERM is sent; if there is less than twice this time, after half of it.
    static let terminateAhead = Duration.seconds(2)

    let cause: Cause
    let killAt: Instant
    private var terminateAt: Instant?
    private var isSpent = false

    /// - Parameter terminates: false for a worker that has got its SIGTERM. Programs take a second one for impatience.
    init(from now: Instant, within limit: Duration, terminates: Bool, because cause: Cause) {
        self.cause = cause
        killAt = now + limit
        let ahead = min(Self.terminateAhead, limit / 2)
        terminateAt = terminates && limit > .zero ? killAt - ahead : nil
    }

    /// When something is to be done next; nil if all has been done.
    var nextAt: Instant? { isSpent ? nil : terminateAt ?? killAt }

    /// What is to be done by now; nil if nothing is.
    mutating func takeStep(now: Instant) -> Step? {
        guard let nextAt, nextAt <= now else { return nil }
        if now >= killAt {
            isSpent = true
            return .kill
        }
        terminateAt = nil
        return .terminate
    }
}
