// SPDX-License-Identifier: Apache-2.0

/// Rows of several hosts that came at about the same time, sorted by their own times. The rows of one host keep their
/// order, whatever its clock did.
struct RowSorter {
    private var rows: [(place: EventPlace, row: EventLine, host: String)] = []
    /// The last row of each host.
    private var latest: [Int: EventPlace] = [:]

    var count: Int { rows.count }

    mutating func add(_ row: EventLine, of host: String, number: Int) {
        let before = latest[number]
        var place = EventPlace(time: row.time, host: number, isReversed: false, after: before)
        if let before, place < before { place = before }
        latest[number] = place
        rows.append((place, row, host))
    }

    /// All rows, sorted.
    mutating func take() -> [(row: EventLine, host: String)] {
        defer {
            rows.removeAll(keepingCapacity: true)
            latest = [:]
        }
        // If two places are the same, by their order of arrival. The standard library's sort is stable in fact, but
        // does not promise it.
        return rows.enumerated().sorted { left, right in
            if left.element.place < right.element.place { return true }
            if right.element.place < left.element.place { return false }
            return left.offset < right.offset
        }.map { ($0.element.row, $0.element.host) }
    }
}
