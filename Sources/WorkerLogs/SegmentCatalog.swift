// SPDX-License-Identifier: Apache-2.0

import Shared

/// Which segments there are, which one is written to, and which are removed next. Opens no file.
struct SegmentCatalog: Sendable {
    /// Milliseconds of a day: a segment has lines of one day in UTC.
    private static let day: Int64 = 86_400_000

    private let limits: LogLimits
    /// The oldest first. No list is empty.
    private(set) var series: [OutputSource: [Segment]] = [:]
    private(set) var bytes = 0
    /// The last place of each source that was removed in this run.
    private(set) var removedThrough: [OutputSource: Int64] = [:]
    /// Lines up to this place can be read.
    var lastSeq: Int64 = 0

    init(limits: LogLimits, segments: [Segment] = []) {
        self.limits = limits
        for segment in segments.sorted(by: { $0.firstSeq < $1.firstSeq }) {
            series[segment.source, default: []].append(segment)
            bytes += segment.bytes
            lastSeq = max(lastSeq, segment.lastSeq)
        }
    }

    /// The segment that goes on with these lines; nil if a new one begins.
    func current(of source: OutputSource, for batch: LogBatch, bytes: Int) -> Segment? {
        guard let last = series[source]?.last,
            last.bytes + bytes <= limits.segmentBytes(sources: series.count),
            last.firstTime / Self.day == batch.firstTime / Self.day,
            // If the clock was set back, times start anew in another segment.
            last.lastTime <= batch.firstTime, last.lastSeq < batch.firstSeq
        else { return nil }
        return last
    }

    /// What must be removed before this many more bytes are stored: the oldest segment of the source that has most.
    /// So a source that has no more than its share loses nothing to others.
    func victim(for more: Int) -> Segment? {
        guard bytes + more > limits.maxBytes else { return nil }
        return series.values.max { left, right in
            left.reduce(0) { $0 + $1.bytes } < right.reduce(0) { $0 + $1.bytes }
        }?.first
    }

    /// Segments whose last line is too old.
    func expired(at now: Int64) -> [Segment] {
        guard let age = limits.maxAge else { return [] }
        let bound = now - age.components.seconds * 1000
        return series.values.flatMap { list in list.prefix { $0.lastTime < bound } }
    }

    mutating func didBegin(_ segment: Segment) {
        series[segment.source, default: []].append(segment)
    }

    /// The last segment of the source has grown.
    mutating func didWrite(_ count: Int, lastSeq: Int64, lastTime: Int64, source: OutputSource) {
        guard var last = series[source]?.popLast() else { return }
        last.bytes += count
        last.lastSeq = lastSeq
        last.lastTime = lastTime
        series[source]?.append(last)
        bytes += count
    }

    mutating func didRemove(_ segment: Segment) {
        guard let index = series[segment.source]?.firstIndex(where: { $0.firstSeq == segment.firstSeq }) else {
            return
        }
        guard let removed = series[segment.source]?.remove(at: index) else { return }
        bytes -= removed.bytes
        removedThrough[segment.source] = max(removedThrough[segment.source] ?? 0, removed.lastSeq)
        if series[segment.source]?.isEmpty == true { series[segment.source] = nil }
    }
}
