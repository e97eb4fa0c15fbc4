// SPDX-License-Identifier: Apache-2.0

/// How much of what workers print is kept, and for how long.
package struct LogLimits: Hashable, Sendable {
    /// A new segment begins when the last one has so many bytes.
    package var segmentBytes = 16 << 20
    /// The oldest segments go beyond this.
    package var maxBytes = 256 << 20
    /// Segments whose last line is older go; nil: none goes for its age.
    package var maxAge: Duration? = .seconds(7 * 86_400)

    package init() {}

    /// Segments get smaller if there are many sources, so that each has several. They never get smaller than this.
    static let smallestSegment = 64 << 10
    /// How many segments each source has at least if all of them use their share.
    static let segmentsPerShare = 4
    /// Bytes that may wait for the disk.
    static let queueBytes = 32 << 20
    /// Segments that are open for writing at the same time.
    static let openSegments = 64
    /// Bytes that one page reads at most while it looks for lines that fit.
    static let pageScanBytes = 64 << 20
    /// Bytes that one page holds at most, unless its first line has more.
    static let pageBytes = 1 << 20

    /// How large a segment gets while so many sources have any.
    func segmentBytes(sources: Int) -> Int {
        let share = maxBytes / max(1, sources)
        return min(segmentBytes, max(Self.smallestSegment, share / Self.segmentsPerShare))
    }
}
