// SPDX-License-Identifier: Apache-2.0

/// Tells a signal that somebody sends again from one that merely comes twice. timeout(1) and some supervisors signal a process
/// and then its group, so that one request to end arrives as two signals.
struct SignalRepeats: Sendable {
    /// The same signal counts once within this time.
    static let window = Duration.milliseconds(500)

    private var counted: [Int32: ContinuousClock.Instant] = [:]

    /// Whether the signal counts. One that comes again and again counts once in each `window`.
    mutating func counts(_ signal: Int32, at time: ContinuousClock.Instant) -> Bool {
        if let last = counted[signal], time - last < Self.window { return false }
        counted[signal] = time
        return true
    }
}
