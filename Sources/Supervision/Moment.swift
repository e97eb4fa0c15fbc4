// SPDX-License-Identifier: Apache-2.0

public import Shared

/// When something happens, on both clocks. Rules use ``instant`` alone, so setting the machine's clock changes no delay.
public struct Moment: Hashable, Codable, Sendable {
    /// A time on the clock that never jumps.
    public typealias Instant = ContinuousClock.Instant

    /// The clock that never jumps.
    public var instant: Instant
    /// What people are shown.
    public var time: Timestamp

    /// The same moment on both clocks.
    public init(instant: Instant, time: Timestamp) {
        self.instant = instant
        self.time = time
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Nil for 0, which means no limit.
    static func limit(_ milliseconds: Int) -> Duration? {
        milliseconds == 0 ? nil : .milliseconds(milliseconds)
    }
}
