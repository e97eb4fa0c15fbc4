// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// What is asked of an agent's list that can be paged through and followed: its events, or what its workers print.
protocol WantedRows: Sendable {
    /// Of the list. Its watch has `:watch` behind it.
    var path: String { get }
    /// The member of a page that has the rows.
    var member: String { get }
    /// How to get what is left out of a long list.
    var hint: String { get }
    /// The line for an empty list.
    var nothing: String { get }
    var since: Timestamp? { get }
    var until: Timestamp? { get }
    var isReversed: Bool { get set }

    /// The query of a page.
    func history(pageSize: Int) -> [(String, String)]
    /// The query of a watch.
    func watch(after cursor: EventCursor, messages: Bool) -> [(String, String)]
    /// Where a watch goes on behind a row. Nil if the row has no place in the list.
    func place(of row: EventLine) -> EventCursor?
    /// Whether the row should have a place but has none.
    func lacksPlace(_ row: EventLine) -> Bool
    /// Whether it only says where the watch stands, and is not to be shown.
    func isPlaceAlone(_ row: EventLine) -> Bool
    /// Where a watch goes on whose place is no longer kept.
    var nextKept: EventCursor { get }
}

extension WantedRows {
    /// What the query of a page has beside the filters.
    func page(of size: Int) -> [(String, String)] {
        let window = [("since", since), ("until", until)].compactMap { name, time in time.map { (name, "\($0)") } }
        return window + [("order", isReversed ? "desc" : "asc"), ("pageSize", "\(size)")]
    }

    func place(of row: EventLine) -> EventCursor? { row.seq.map { .after($0) } }
    func isPlaceAlone(_ row: EventLine) -> Bool { false }
    var nextKept: EventCursor { .earliest }
}

/// Shows rows one after the other, without keeping any.
protocol RowPrinter {
    mutating func write(_ row: EventLine, from host: String) throws
    mutating func flush() throws
}
