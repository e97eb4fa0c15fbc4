// SPDX-License-Identifier: Apache-2.0

/// Gives lines their places and times.
///
/// A place (`seq`) is the time in microseconds, or one more than the last place if that is larger. So it grows over restarts,
/// even if all files are lost, and is exact in JavaScript.
struct LineClock {
    /// A moment at which lines were read.
    struct Moment: Hashable {
        /// The first place that is free.
        let seq: Int64
        /// Milliseconds since 1970.
        let time: Int64
        /// The clock was set back since the moment before, so times start anew.
        let isSetBack: Bool
    }

    /// If the clock is set back by less than this, in milliseconds, times stand still instead of starting anew.
    static let tolerance: Int64 = 1000
    /// All places have 16 digits, so that they sort as text.
    private static let smallest: Int64 = 1_000_000_000_000_000

    private(set) var lastSeq: Int64
    private var lastTime: Int64 = 0

    /// - Parameter lastSeq: the last place that is in use; 0 if none is.
    init(after lastSeq: Int64 = 0) {
        self.lastSeq = lastSeq
    }

    /// - Parameter now: microseconds since 1970.
    mutating func moment(_ now: Int64) -> Moment {
        let time = now / 1000
        let isSetBack = time < lastTime - Self.tolerance
        lastTime = isSetBack ? time : max(time, lastTime)
        return Moment(seq: max(lastSeq + 1, now, Self.smallest), time: lastTime, isSetBack: isSetBack)
    }

    /// All places up to this one are in use.
    mutating func didUse(through seq: Int64) {
        lastSeq = max(lastSeq, seq)
    }
}
