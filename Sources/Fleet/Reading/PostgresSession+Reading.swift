// SPDX-License-Identifier: Apache-2.0

import Shared

/// Reading of events and workers.
extension PostgresSession {
    /// The numbers of the agents that a query names, listed or not: an agent's events outlive its place in the list.
    /// - Returns: nil if the query names none.
    private func numbers(of query: FleetEventQuery) throws(PostgresError) -> [Int64]? {
        guard !query.agents.isEmpty || !query.groups.isEmpty else { return nil }
        var numbers: [Int64] = []
        try run(
            """
            SELECT number FROM fleet.agents
            WHERE (cardinality($1) = 0 OR name = ANY ($1)) AND (cardinality($2) = 0 OR groups && $2) ORDER BY number
            """, [.texts(query.agents.sorted()), .texts(query.groups.sorted())]
        ) { row throws(PostgresError) in
            numbers.append(try PostgresRow.some(row.integer()))
            return true
        }
        return numbers
    }

    func page(_ query: FleetEventQuery) throws(PostgresError) -> FleetEventPage {
        let agents = try numbers(of: query)
        if agents?.isEmpty == true { return FleetEventPage() }
        // One more tells whether there is more.
        var probe = query
        probe.limit = query.limit + 1
        let selection = FleetEventSelection(probe, agents: agents)
        var (page, last, bytes) = (FleetEventPage(), FleetPosition?.none, 0)
        try run(selection.sql, selection.values) { row throws(PostgresError) in
            let name = try PostgresRow.some(row.text())
            let (event, agent, size) = try Event.read(&row)
            guard page.events.count < query.limit, page.events.isEmpty || bytes + size <= FleetEventPage.maxBytes else {
                page.next = last
                return false
            }
            page.events.append(FleetEvent(agent: name, event: event))
            last = FleetPosition(time: event.time, agent: agent, seq: event.seq ?? 0)
            bytes += size
            return true
        }
        return page
    }

    /// Workers of all agents, by agent and id.
    func workers(_ query: FleetWorkerQuery) throws(PostgresError) -> FleetWorkerPage {
        var (page, last, bytes) = (FleetWorkerPage(), FleetWorkerPosition?.none, 0)
        try run(
            """
            SELECT w.agent, w.id, a.name, w.info FROM fleet.workers w JOIN fleet.agents a ON a.number = w.agent
            WHERE a.forgotten_at IS NULL AND (w.agent, w.id) > ($1::integer, $2)
                AND (cardinality($3) = 0 OR a.name = ANY ($3)) AND (cardinality($4) = 0 OR a.groups && $4)
                AND (cardinality($5) = 0 OR w.state = ANY ($5)) AND ($6 OR w.state <> 'dead')
            ORDER BY w.agent, w.id LIMIT $7
            """,
            [
                .integer(query.after?.agent ?? 0), .integer(query.after?.id ?? 0), .texts(query.agents.sorted()),
                .texts(query.groups.sorted()), .texts(query.states.map(\.rawValue).sorted()), .bool(query.includesGone),
                .integer(Int64(query.limit + 1)),
            ]
        ) { row throws(PostgresError) in
            let place = FleetWorkerPosition(
                agent: try PostgresRow.some(row.integer()), id: try PostgresRow.some(row.integer()))
            let name = try PostgresRow.some(row.text())
            let info = try PostgresRow.some(row.bytes())
            guard page.workers.count < query.limit, bytes <= FleetEventPage.maxBytes else {
                page.next = last
                return false
            }
            page.workers.append(FleetWorkerText(agent: name, info: info))
            (last, bytes) = (place, bytes + info.count)
            return true
        }
        return page
    }

    /// Events in the order of their writing, after a cursor.
    func watched(after cursor: FleetCursor, limit: Int) throws(PostgresError) -> FleetWatchPage {
        var page = FleetWatchPage(cursor: cursor)
        var bytes = 0
        try run(
            """
            SELECT e.xid, coalesce(a.name, '#' || e.agent), \(FleetEventSelection.columns)
            FROM (
                SELECT * FROM fleet.events
                WHERE (xid, agent, seq) > ($1::xid8, $2::integer, $3)
                    AND xid < pg_snapshot_xmin(pg_current_snapshot())
                ORDER BY xid, agent, seq LIMIT $4
            ) e LEFT JOIN fleet.agents a ON a.number = e.agent
            ORDER BY e.xid, e.agent, e.seq
            """,
            [.text("\(cursor.transaction)"), .integer(cursor.agent), .integer(cursor.seq), .integer(Int64(limit))]
        ) { row throws(PostgresError) in
            let transaction: UInt64 = try PostgresRow.some(row.integer())
            let name = try PostgresRow.some(row.text())
            let (event, agent, size) = try Event.read(&row)
            guard bytes <= FleetEventPage.maxBytes else {
                page.hasMore = true
                return false
            }
            page.cursor = FleetCursor(transaction: transaction, agent: agent, seq: event.seq ?? 0)
            page.events.append(FleetEvent(agent: name, event: event, cursor: page.cursor.text))
            bytes += size
            return true
        }
        page.hasMore = page.hasMore || page.events.count == limit
        return page
    }

    /// The cursor after all that is written, and the transaction up to which events were removed.
    func watchBounds() throws(PostgresError) -> (latest: FleetCursor, dropped: UInt64) {
        var (xmin, dropped) = (UInt64(0), UInt64(0))
        try run(
            """
            SELECT pg_snapshot_xmin(pg_current_snapshot()),
                coalesce((SELECT value FROM fleet.facts WHERE key = 'droppedThrough'), '0')
            """
        ) { row throws(PostgresError) in
            xmin = try PostgresRow.some(row.integer())
            dropped = try PostgresRow.some(row.integer())
            return true
        }
        return (FleetCursor(transaction: max(1, xmin) - 1, agent: Int64(Int32.max), seq: .max), dropped)
    }
}

extension Event {
    /// - Parameter row: goes on with `FleetEventSelection.columns`.
    fileprivate static func read(
        _ row: inout PostgresRow
    ) throws(PostgresError) -> (event: Event, agent: Int64, bytes: Int) {
        let agent: Int64 = try PostgresRow.some(row.integer())
        let time = try PostgresRow.some(row.time())
        let seq: Int64 = try PostgresRow.some(row.integer())
        let name = try PostgresRow.some(row.text())
        let worker: Int? = try row.integer()
        let pid: Int32? = try row.integer()
        let request = try row.text()
        let data = try PostgresRow.some(row.bytes())
        guard let type = EventType(rawValue: name) else {
            // A newer agent may have written it.
            let text = "this agent knows no events of type \(name); upgrade it"
            let event = Event(seq: seq, time: time, type: .gap, data: ["lost": 1, "reason": .string(text)])
            return (event, agent, 256)
        }
        let event = Event(
            seq: seq, time: time, type: type, workerId: worker.flatMap(WorkerID.init(rawValue:)), pid: pid,
            requestId: request, data: .text(data))
        return (event, agent, 256 + data.count)
    }
}
