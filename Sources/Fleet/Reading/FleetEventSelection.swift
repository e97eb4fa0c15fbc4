// SPDX-License-Identifier: Apache-2.0

import Shared

/// The SQL of a `FleetEventQuery`.
///
/// A page is the first rows of one index, or the first rows of a few such pages: each named type has one of its own, or else
/// each named agent. So no filter makes the database sort more than a page for each.
struct FleetEventSelection {
    private(set) var sql = ""
    private(set) var values: [PostgresValue] = []

    static let columns = """
        e.agent, (extract(epoch FROM e.time) * 1000)::bigint, e.seq, e.type, e.worker_id, e.pid, e.request_id, e.data
        """

    /// Of more agents than this, their events are picked out of all.
    private static let mostPages = 32

    /// - Parameter agents: their numbers. Nil: all agents.
    init(_ query: FleetEventQuery, agents: [Int64]?) {
        let order = query.isDescending ? "DESC" : "ASC"
        let page = "ORDER BY time \(order), agent \(order), seq \(order) LIMIT \(bind(.integer(Int64(query.limit))))"
        var common: [String] = []
        if let since = query.since { common.append("time >= \(bind(.time(since)))") }
        if let until = query.until { common.append("time < \(bind(.time(until)))") }
        if let position = query.position {
            let place = [bind(.time(position.time)), bind(.integer(position.agent)), bind(.integer(position.seq))]
            let sign = query.isDescending ? "<" : ">"
            common.append("(time, agent, seq) \(sign) (\(place[0]), \(place[1])::integer, \(place[2]))")
            // Only a condition on the time alone leaves out partitions.
            common.append("time \(sign)= \(place[0])")
        }
        if let worker = query.workerID { common.append("worker_id = \(bind(.integer(Int64(worker.rawValue))))") }
        if let request = query.requestID { common.append("request_id = \(bind(.text(request)))") }

        let types = query.types.map(\.rawValue).sorted()
        let isNarrow = query.workerID != nil || query.requestID != nil
        var pages: [[String]] = [[]]
        if isNarrow {
            if !types.isEmpty { common.append("type = ANY (\(bind(.texts(types))))") }
            if let agents { common.append("agent = ANY (\(bind(.integers(agents)))::integer[])") }
        } else if !types.isEmpty {
            pages = types.map { ["type = \(bind(.text($0)))"] }
            if let agents { common.append("agent = ANY (\(bind(.integers(agents)))::integer[])") }
        } else if let agents, agents.count <= Self.mostPages {
            pages = agents.map { ["agent = \(bind(.integer($0)))::integer"] }
        } else if let agents {
            common.append("agent = ANY (\(bind(.integers(agents)))::integer[])")
        }
        let selects = pages.map { conditions in
            let all = conditions + common
            let filter = all.isEmpty ? "" : " WHERE " + all.joined(separator: " AND ")
            return "SELECT * FROM fleet.events\(filter) \(page)"
        }
        let union =
            selects.count == 1 ? selects[0] : selects.map { "(\($0))" }.joined(separator: " UNION ALL ") + " " + page
        // The names are looked up for the page alone.
        sql = """
            SELECT coalesce(a.name, '#' || e.agent), \(Self.columns)
            FROM (\(union)) e LEFT JOIN fleet.agents a ON a.number = e.agent
            ORDER BY e.time \(order), e.agent \(order), e.seq \(order)
            """
    }

    private mutating func bind(_ value: PostgresValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }
}
