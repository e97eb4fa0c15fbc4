// SPDX-License-Identifier: Apache-2.0

/// `--timeout`: over all that a command does at a host, or over each call where a command may go on for long.
struct TimeLimit: Sendable {
    let duration: Duration
    private let end: ContinuousClock.Instant?

    private init(duration: Duration, end: ContinuousClock.Instant?) {
        self.duration = duration
        self.end = end
    }

    /// Each call may take so long, with its retries.
    static func eachCall(_ duration: Duration) -> TimeLimit {
        TimeLimit(duration: duration, end: nil)
    }

    /// All calls together, from now on; the time that a call waits for its turn counts.
    static func allCalls(_ duration: Duration) -> TimeLimit {
        TimeLimit(duration: duration, end: .now + duration)
    }

    /// When a call that begins now must be over.
    func deadline() -> ContinuousClock.Instant {
        end ?? .now + duration
    }
}
