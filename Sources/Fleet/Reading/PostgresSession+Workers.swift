// SPDX-License-Identifier: Apache-2.0

import Shared

/// Reading of workers.
extension PostgresSession {
    /// Workers of all agents, by agent and id. Each state has a page of its own, because most workers are dead, and nobody reads
    /// past them.
    func workers(_ query: FleetWorkerQuery) throws(PostgresError) -> FleetWorkerPage {
        let agents = try numbers(ofAgents: query.agents, groups: query.groups)
        if agents?.isEmpty == true { return FleetWorkerPage() }
        var states = query.states.isEmpty ? Set(WorkerState.allCases) : query.states
        if !query.includesGone { states.remove(.dead) }
        if states.isEmpty { return FleetWorkerPage() }
        var (page, last, bytes) = (FleetWorkerPage(), FleetWorkerPosition?.none, 0)
        try run(
            Self.sql(ofStates: states.count, ofSomeAgents: agents != nil),
            [
                .integer(query.after?.agent ?? 0), .integer(query.after?.id ?? 0), .integer(Int64(query.limit + 1)),
                .integers(agents ?? []),
            ] + states.map(\.rawValue).sorted().map { .text($0) }
        ) { row throws(PostgresError) in
            let place = FleetWorkerPosition(
                agent: try PostgresRow.some(row.integer()), id: try PostgresRow.some(row.integer()))
            let name = try PostgresRow.some(row.text())
            let info = try row.bytes()
            guard page.workers.count < query.limit, bytes <= FleetEventPage.maxBytes else {
                page.next = last
                return false
            }
            last = place
            // Whoever may write to the database may have written anything.
            guard let info = info.flatMap(StoredJSON.object), info.count > 2 else { return true }
            page.workers.append(FleetWorkerText(agent: name, info: info))
            bytes += info.count
            return true
        }
        return page
    }

    /// The largest summary of a worker, in bytes.
    private static let mostInfo = 1 << 20

    private static func sql(ofStates count: Int, ofSomeAgents: Bool) -> String {
        let page = "ORDER BY agent, id LIMIT $3"
        // The array has a type, also if nothing looks at it.
        let agents = ofSomeAgents ? "agent = ANY ($4::bigint[])" : "cardinality($4::bigint[]) = 0"
        let pages = (0..<count).map { state in
            """
            (SELECT w.agent, w.id, w.info FROM fleet.workers w
            WHERE w.state = $\(5 + state) AND (w.agent, w.id) > ($1::integer, $2) AND \(agents)
                AND EXISTS (SELECT FROM fleet.agents a WHERE a.number = w.agent AND a.forgotten_at IS NULL)
            \(page))
            """
        }
        let union = count == 1 ? pages[0] : pages.joined(separator: " UNION ALL ") + " " + page
        return """
            SELECT w.agent, w.id, a.name, CASE WHEN octet_length(w.info::text) <= \(mostInfo) THEN w.info END
            FROM (\(union)) w JOIN fleet.agents a ON a.number = w.agent
            ORDER BY w.agent, w.id
            """
    }
}
