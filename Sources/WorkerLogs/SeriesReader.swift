// SPDX-License-Identifier: Apache-2.0

import Shared

/// What a query asks of each line.
struct LineFilter {
    let workers: Set<Int>
    let stream: String?
    let needle: LineNeedle?
    let after: Int64
    let before: Int64
    /// Times as text; nil: no bound.
    let since: [UInt8]?
    let until: [UInt8]?
    /// The same in milliseconds.
    let earliest: Int64
    let latest: Int64

    init(_ query: LogQuery, through lastSeq: Int64) {
        workers = Set(query.workers.map(\.rawValue))
        stream = query.stream?.rawValue
        needle = query.contains.map { LineNeedle($0) }
        after = query.afterSeq ?? -1
        before = min(query.beforeSeq ?? .max, lastSeq == .max ? .max : lastSeq + 1)
        since = query.since.map { Array($0.description.utf8) }
        until = query.until.map { Array($0.description.utf8) }
        earliest = query.since?.milliseconds ?? .min
        latest = query.until?.milliseconds ?? .max
    }

    /// The text of the lines that a mark stands for is not known.
    func admits(_ line: StoredLine) -> Bool {
        guard workers.isEmpty || line.worker.map(workers.contains) == true else { return false }
        if stream == nil, needle == nil { return true }
        if line.isMark { return true }
        if let stream, !line.has(stream: stream) { return false }
        return needle.map(line.contains) ?? true
    }

    func isTooEarly(_ line: StoredLine) -> Bool {
        line.seq <= after || since.map(line.isEarlier) ?? false
    }

    func isTooLate(_ line: StoredLine) -> Bool {
        line.seq >= before || until.map { !line.isEarlier(than: $0) } ?? false
    }
}

/// The lines of one source within a query's bounds, one after the other.
final class SeriesReader {
    private let directory: LogDirectory
    private let filter: LineFilter
    private let isReversed: Bool
    /// Those that are still to be read, in the order of the query.
    private var segments: ArraySlice<Segment>
    private var reader: SegmentReader?
    private var place = 0
    /// Nil at the end. Valid until `advance`.
    private(set) var head: StoredLine?
    /// A segment was gone when its turn came.
    private(set) var hasGap = false

    init(_ segments: [Segment], directory: LogDirectory, filter: LineFilter, isReversed: Bool) throws(FileProblem) {
        self.directory = directory
        self.filter = filter
        self.isReversed = isReversed
        let wanted = segments.filter { segment in
            segment.lastSeq > filter.after && segment.firstSeq - 1 < filter.before
                && segment.lastTime >= filter.earliest && segment.firstTime < filter.latest
        }
        self.segments = (isReversed ? wanted.reversed() : wanted)[...]
        try advance()
    }

    func advance() throws(FileProblem) {
        head = nil
        while true {
            if let reader {
                if isReversed {
                    if let (line, start) = try reader.line(before: place) {
                        place = start
                        if !filter.isTooEarly(line) { return head = line }
                    }
                } else if let (line, next) = try reader.line(at: place) {
                    place = next
                    if !filter.isTooLate(line) { return head = line }
                }
            }
            // The next segment. Lines of the others are all beyond the bound, or there are no others.
            reader = nil
            guard let segment = segments.popFirst() else { return }
            try open(segment)
        }
    }

    private func open(_ segment: Segment) throws(FileProblem) {
        let file: LogFile
        do {
            file = try LogFile.reading(directory.path(of: segment))
        } catch  where error.code == 2 {
            // Removed meanwhile.
            hasGap = true
            return
        }
        let reader = SegmentReader(file, size: segment.bytes)
        place = try reader.firstLine { isReversed ? !filter.isTooLate($0) : filter.isTooEarly($0) }
        self.reader = reader
    }
}
