// SPDX-License-Identifier: Apache-2.0

/// `--timeout`: a limit for everything that a command does at a host, or for each call if a command may run for long.
struct TimeLimit: Sendable {
    let duration: Duration
    private let end: ContinuousClock.Instant?

    private init(duration: Duration, end: ContinuousClock.Instant?) {
        self.duration = duration
        self.end = end
    }

    /// The limit for each call, with its retries.
    static func eachCall(_ duration: Duration) -> TimeLimit {
        TimeLimit(duration: duration, end: nil)
    }

    /// The limit for all calls together, from now on. Waiting for a turn counts.
    static func allCalls(_ duration: Duration) -> TimeLimit {
        TimeLimit(duration: duration, end: .now + duration)
    }

    /// When a call that begins now must be over.
    func deadline() -> ContinuousClock.Instant {
        end ?? .now + duration
    }
}
