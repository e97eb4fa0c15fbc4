// SPDX-License-Identifier: Apache-2.0

/// Tells a repeated signal from one that arrives twice. timeout(1) and some supervisors signal a process and then its
/// group, so one request to end arrives as two signals.
struct SignalRepeats: Sendable {
    /// The same signal counts once within this time.
    static let window = Duration.milliseconds(500)

    private var counted: [Int32: ContinuousClock.Instant] = [:]

    /// Whether the signal counts. A signal that comes again and again counts once per `window`.
    mutating func counts(_ signal: Int32, at time: ContinuousClock.Instant) -> Bool {
        if let last = counted[signal], time - last < Self.window { return false }
        counted[signal] = time
        return true
    }
}
