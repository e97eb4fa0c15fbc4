// SPDX-License-Identifier: Apache-2.0

import Shared

/// Reading of events.
extension PostgresSession {
    /// The numbers of the agents that are named, listed or not: an agent's events outlive its place in the list.
    /// - Returns: nil if none is named.
    func numbers(ofAgents agents: Set<String>, groups: Set<String>) throws(PostgresError) -> [Int64]? {
        guard !agents.isEmpty || !groups.isEmpty else { return nil }
        var numbers: [Int64] = []
        try run(
            """
            SELECT number FROM fleet.agents
            WHERE (cardinality($1) = 0 OR name = ANY ($1)) AND (cardinality($2) = 0 OR groups && $2) ORDER BY number
            """, [.texts(agents.sorted()), .texts(groups.sorted())]
        ) { row throws(PostgresError) in
            numbers.append(try PostgresRow.some(row.integer()))
            return true
        }
        return numbers
    }

    func page(_ query: FleetEventQuery) throws(PostgresError) -> FleetEventPage {
        let agents = try numbers(ofAgents: query.agents, groups: query.groups)
        if agents?.isEmpty == true { return FleetEventPage() }
        var (page, last, bytes) = (FleetEventPage(), FleetPosition?.none, 0)
        for window in FleetTimeWindow.windows(of: query, partitions: try partitionedDays()) {
            var probe = query
            // One more tells whether there is more.
            probe.limit = query.limit + 1 - page.events.count
            let selection = FleetEventSelection(probe, agents: agents, in: window)
            try run(selection.sql, selection.values) { row throws(PostgresError) in
                let found = try FoundEvent(&row)
                let fits = page.events.isEmpty || !found.isBeyondPage && bytes + found.bytes <= FleetEventPage.maxBytes
                guard page.events.count < query.limit, fits else {
                    page.next = last
                    return false
                }
                page.events.append(FleetEvent(agent: found.agentName, event: found.event))
                last = FleetPosition(time: found.event.time, agent: found.agent, seq: found.event.seq ?? 0)
                bytes += found.bytes
                return true
            }
            if page.next != nil { break }
        }
        return page
    }

    /// Events in the order of their writing, after a cursor.
    /// - Parameters:
    ///   - groups: only events of agents that are in one of them now. Empty: of all agents.
    ///   - limit: how many are looked at. The cursor passes those of other agents too.
    /// - Throws: `expired` if the cursor is of another server, or of a day whose events are no longer kept.
    func watched(
        after cursor: FleetCursor, groups: Set<String> = [], limit: Int
    ) throws(PostgresError) -> FleetWatchPage {
        let bounds = try watchBounds()
        var page = FleetWatchPage(cursor: cursor)
        page.cursor.origin = bounds.latest.origin
        var (seen, bytes) = (0, 0)
        try run(
            FleetEventSelection.watch,
            [
                .text("\(cursor.transaction)"), .integer(cursor.agent), .integer(cursor.seq), .integer(Int64(limit)),
                .texts(groups.sorted()),
            ]
        ) { row throws(PostgresError) in
            let transaction: UInt64 = try PostgresRow.some(row.integer())
            let isInGroup = try PostgresRow.some(row.bool())
            let found = try FoundEvent(&row)
            guard seen == 0 || !found.isBeyondPage && bytes <= FleetEventPage.maxBytes else {
                page.hasMore = true
                return false
            }
            seen += 1
            bytes += found.bytes
            page.cursor = FleetCursor(
                transaction: transaction, agent: found.agent, seq: found.event.seq ?? 0, origin: bounds.latest.origin)
            guard groups.isEmpty || isInGroup else { return true }
            page.events.append(
                FleetEvent(agent: found.agentName, event: found.event, cursor: page.cursor.text))
            return true
        }
        // An old cursor's events may have been removed during the read.
        try check(cursor, cursor.origin?.day == bounds.latest.origin?.day ? bounds : try watchBounds())
        page.hasMore = page.hasMore || seen == limit
        return page
    }

    /// - Throws: `expired`
    private func check(_ cursor: FleetCursor, _ bounds: WatchBounds) throws(PostgresError) {
        guard let origin = cursor.origin else { return }
        guard origin.server == bounds.latest.origin?.server else {
            throw PostgresError(.expired, "another server has taken the place of the one that gave this cursor")
        }
        guard origin.day >= bounds.keptSince else {
            throw PostgresError(.expired, "some events after this cursor are no longer kept")
        }
    }

    struct WatchBounds {
        /// After all that is written.
        var latest: FleetCursor
        /// Events of the days before are removed.
        var keptSince: Int64
    }

    func watchBounds() throws(PostgresError) -> WatchBounds {
        var bounds: WatchBounds?
        try run(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot()),
                abs(hashtext(left(pg_walfile_name(pg_current_wal_lsn()), 8) || system_identifier || ' ' ||
                    'fleet.events'::regclass::oid)::bigint),
                \(Self.today),
                coalesce((SELECT value::date - date '1970-01-01' FROM fleet.facts WHERE key = 'droppedBefore'), -1)
            FROM pg_control_system()
            """
        ) { row throws(PostgresError) in
            let xmin: UInt64 = try PostgresRow.some(row.integer())
            let server: Int64 = try PostgresRow.some(row.integer())
            let day: Int64 = try PostgresRow.some(row.integer())
            let latest = FleetCursor(
                transaction: max(1, xmin) - 1, agent: Int64(Int32.max), seq: .max,
                origin: FleetCursor.Origin(server: server, day: day))
            bounds = WatchBounds(latest: latest, keptSince: try PostgresRow.some(row.integer()))
            return true
        }
        return try PostgresRow.some(bounds)
    }
}
