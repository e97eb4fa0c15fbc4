// SPDX-License-Identifier: Apache-2.0

import Shared

/// Reads the segments of a directory: those of all sources as one, in the order of places.
package struct LogReader: Sendable {
    let directory: LogDirectory

    /// Reads a directory that another process may be writing to.
    ///
    /// - Throws: what the kernel says.
    package static func page(_ query: LogQuery, in path: String) throws -> LogPage {
        let directory = LogDirectory(path: path) { _, _ in }
        let catalog = SegmentCatalog(limits: LogLimits(), segments: try directory.segments())
        return try LogReader(directory: directory).page(query, catalog)
    }

    /// - Parameter catalog: as it stood at one moment.
    func page(_ query: LogQuery, _ catalog: SegmentCatalog) throws(FileProblem) -> LogPage {
        let filter = LineFilter(query, through: catalog.lastSeq)
        let isReversed = query.order == .descending
        var page = LogPage()
        page.readThrough = catalog.lastSeq
        var readers: [SeriesReader] = []
        for (source, segments) in catalog.series where query.source == nil || query.source == source {
            readers.append(
                try SeriesReader(segments, directory: directory, filter: filter, isReversed: isReversed))
        }
        if let after = query.afterSeq {
            page.hasGap = catalog.removedThrough.contains { source, seq in
                (query.source == nil || query.source == source) && seq > after
            }
        }
        func isFirst(_ left: Int64, _ right: Int64) -> Bool { isReversed ? left > right : left < right }
        var last: Int64?
        var scanned = 0
        while true {
            // The reader whose line comes first, and where the others begin.
            var first: SeriesReader?
            var bound: Int64?
            for reader in readers {
                guard let seq = reader.head?.seq else { continue }
                guard let best = first?.head?.seq else {
                    first = reader
                    continue
                }
                if isFirst(seq, best) {
                    first = reader
                    bound = best
                } else if bound.map({ isFirst(seq, $0) }) ?? true {
                    bound = seq
                }
            }
            guard let first else { break }
            while let line = first.head, bound.map({ !isFirst($0, line.seq) }) ?? true {
                if page.count == query.limit
                    || page.bytes.count + line.bytes.count > LogLimits.pageBytes && page.count > 0
                    || scanned > LogLimits.pageScanBytes
                {
                    page.next = last
                    return page
                }
                if filter.admits(line) { page.append(line) }
                last = line.seq
                scanned += line.bytes.count
                try first.advance()
            }
        }
        if readers.contains(where: \.hasGap) { page.hasGap = true }
        return page
    }
}
