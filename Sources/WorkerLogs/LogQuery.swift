// SPDX-License-Identifier: Apache-2.0

package import Shared

/// Which lines to read, and in which order.
package struct LogQuery: Sendable {
    /// By place, which is the order in which the agent read them.
    package enum Order: Sendable {
        case ascending, descending
    }

    /// Empty: of every worker.
    package var workers: Set<WorkerID> = []
    package var source: OutputSource?
    package var stream: WorkerStream?
    /// Lines of this time and later.
    package var since: Timestamp?
    /// Lines before this time.
    package var until: Timestamp?
    /// Lines that have this text.
    package var contains: String?
    /// Lines after this place.
    package var afterSeq: Int64?
    /// Lines before this place.
    package var beforeSeq: Int64?
    package var order = Order.ascending
    /// The most lines of a page.
    package var limit: Int

    package init(limit: Int) {
        self.limit = limit
    }
}

/// Lines in their order.
package struct LogPage: Sendable {
    /// Each as a JSON object, with a line end.
    package private(set) var bytes: [UInt8] = []
    /// Where each of them ends, behind its line end.
    package private(set) var ends: [Int] = []
    package private(set) var seqs: [Int64] = []
    /// The place of the last line that was looked at; the next page begins there. Nil: there is no next page.
    package internal(set) var next: Int64?
    /// Lines up to this place were there when the page was read.
    package internal(set) var readThrough: Int64 = 0
    /// Lines that the query wants may be missing: they were removed before they were read.
    package internal(set) var hasGap = false

    package init() {}

    package var count: Int { ends.count }

    /// One line, without its end.
    package subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index] - 1]
    }

    mutating func append(_ line: StoredLine) {
        bytes.append(contentsOf: line.bytes)
        bytes.append(UInt8(ascii: "\n"))
        ends.append(bytes.count)
        seqs.append(line.seq)
    }
}
