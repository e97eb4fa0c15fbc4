// SPDX-License-Identifier: Apache-2.0

import Shared

/// A part of time in which a page of events is looked for. Nil: without end on that side.
struct FleetTimeWindow: Hashable, Sendable {
    var since: Timestamp?
    var until: Timestamp?

    /// The windows of a query, in its order, without gap or overlap.
    ///
    /// A statement over all partitions looks into each, because PostgreSQL cannot know how many the page needs. Most pages are
    /// full after a day. Each further window has more days, so that a page that finds nothing needs few of them.
    /// - Parameter partitions: the first and the last day that has a partition, since 1970. Nil: none has.
    static func windows(of query: FleetEventQuery, partitions: ClosedRange<Int64>?) -> [FleetTimeWindow] {
        let place = query.position?.time.milliseconds
        let whole =
            query.isDescending
            // The place itself counts too: several events may have this time.
            ? FleetTimeWindow(
                since: query.since, until: [query.until, place.map { time(bounded($0) + 1) }].compactMap(\.self).min())
            : FleetTimeWindow(since: [query.since, place.map(time)].compactMap(\.self).max(), until: query.until)
        let borders = partitions.map { Self.borders(of: whole, in: $0, isDescending: query.isDescending) } ?? []
        let inside = borders.filter { border in
            whole.since.map { $0 < border } ?? true && whole.until.map { border < $0 } ?? true
        }
        let edges = [whole.since] + inside.sorted() + [whole.until]
        let windows = zip(edges, edges.dropFirst()).map { FleetTimeWindow(since: $0, until: $1) }
        return query.isDescending ? windows.reversed() : windows
    }

    private static let growth: Int64 = 4
    /// So many partitions are made ahead, and have next to nothing.
    private static let ahead: Int64 = 3

    /// The moments at which a window ends and the next one begins.
    private static func borders(
        of whole: FleetTimeWindow, in partitions: ClosedRange<Int64>, isDescending: Bool
    ) -> [Timestamp] {
        var borders: [Int64] = []
        var days = growth
        if isDescending {
            let newest = max(partitions.lowerBound, partitions.upperBound - ahead)
            var border = min(newest, whole.until.map(day) ?? newest)
            while border > partitions.lowerBound {
                borders.append(border)
                (border, days) = (border - days, days * growth)
            }
        } else {
            var border = max(partitions.lowerBound, whole.since.map(day) ?? partitions.lowerBound) + 1
            while border <= partitions.upperBound {
                borders.append(border)
                (border, days) = (border + days, days * growth)
            }
        }
        return borders.map { time($0 * 86_400_000) }
    }

    private static func day(of time: Timestamp) -> Int64 {
        PostgresSession.day(of: Timestamp(milliseconds: bounded(time.milliseconds)))
    }

    private static func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: bounded(milliseconds)) }

    /// A page token is whatever a client sends.
    private static func bounded(_ milliseconds: Int64) -> Int64 {
        min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
    }
}
