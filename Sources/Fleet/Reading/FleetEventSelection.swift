// SPDX-License-Identifier: Apache-2.0

import Shared

/// The SQL of a `FleetEventQuery`.
///
/// A page is the first rows of one index, or the first rows of a few such pages, one for each named type and agent. So no filter
/// makes the database sort more than a page for each, because an index has the order of a page only behind one type or agent.
struct FleetEventSelection {
    private(set) var sql = ""
    private(set) var values: [PostgresValue] = []

    /// What ``FoundEvent`` reads. Behind a page that is full, events come without their data, and one event's data has a limit too.
    private static let columns = """
        coalesce(left(a.name, 200), '#' || e.agent), e.agent, (extract(epoch FROM e.time) * 1000)::bigint, e.seq,
        left(e.type, 100), e.worker_id, e.pid, left(e.request_id, 1000), e.before >= \(FleetEventPage.maxBytes),
        CASE WHEN e.before < \(FleetEventPage.maxBytes) AND octet_length(e.data::text) <= \(mostData) THEN e.data END
        """

    /// The largest data of an event, in bytes. A local history takes no more.
    private static let mostData = 32 << 20

    /// The events of a watch in the order of their writing, as ``columns`` has them, behind their transaction and whether
    /// they are of a wanted group.
    static let watch = """
        SELECT e.xid, coalesce(a.groups && $5, false), \(columns)
        FROM (
            SELECT w.*, \(before(in: "xid, agent, seq"))
            FROM (
                SELECT * FROM fleet.events
                WHERE (xid, agent, seq) > ($1::xid8, $2::integer, $3)
                    AND xid < pg_snapshot_xmin(pg_current_snapshot())
                ORDER BY xid, agent, seq LIMIT $4
            ) w
        ) e LEFT JOIN fleet.agents a ON a.number = e.agent
        ORDER BY e.xid, e.agent, e.seq
        """

    /// How many bytes the events before each one have, as they are stored.
    private static func before(in order: String) -> String {
        let size = "pg_column_size(data)"
        return "sum(\(size)) OVER (ORDER BY \(order) ROWS UNBOUNDED PRECEDING) - \(size) AS before"
    }

    /// If there would be more pages than this, the agents' events are picked out of all of the types', or out of all.
    private static let mostPages = 8

    /// - Parameters:
    ///   - agents: their numbers. Nil: all agents.
    ///   - window: the part of time that is looked at.
    init(_ query: FleetEventQuery, agents: [Int64]?, in window: FleetTimeWindow) {
        let order = query.isDescending ? "DESC" : "ASC"
        let page = "ORDER BY time \(order), agent \(order), seq \(order) LIMIT \(bind(.integer(Int64(query.limit))))"
        var common: [String] = []
        if let since = window.since { common.append("time >= \(bind(.time(since)))") }
        if let until = window.until { common.append("time < \(bind(.time(until)))") }
        if let position = query.position {
            let place = [bind(.time(position.time)), bind(.integer(position.agent)), bind(.integer(position.seq))]
            let sign = query.isDescending ? "<" : ">"
            common.append("(time, agent, seq) \(sign) (\(place[0]), \(place[1])::integer, \(place[2]))")
        }
        if let worker = query.workerID { common.append("worker_id = \(bind(.integer(Int64(worker.rawValue))))") }
        if let request = query.requestID { common.append("request_id = \(bind(.text(request)))") }

        let types = query.types.map(\.rawValue).sorted()
        // One worker or request has few events, so its index needs no help.
        let isNarrow = query.workerID != nil || query.requestID != nil
        var typesOfPages: [String?] = [nil]
        if !isNarrow || types.count == 1, !types.isEmpty {
            typesOfPages = types
        } else if !types.isEmpty {
            common.append("type = ANY (\(bind(.texts(types))))")
        }
        var agentsOfPages: [Int64?] = [nil]
        if let agents, agents.count == 1 || !isNarrow && agents.count * typesOfPages.count <= Self.mostPages {
            agentsOfPages = agents
        } else if let agents {
            common.append("agent = ANY (\(bind(.integers(agents)))::integer[])")
        }
        var pages: [[String]] = []
        for type in typesOfPages {
            for agent in agentsOfPages {
                let conditions = [
                    type.map { "type = \(bind(.text($0)))" }, agent.map { "agent = \(bind(.integer($0)))::integer" },
                ]
                pages.append(conditions.compactMap(\.self))
            }
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
            SELECT \(Self.columns)
            FROM (
                SELECT u.*, \(Self.before(in: "time \(order), agent \(order), seq \(order)")) FROM (\(union)) u
            ) e LEFT JOIN fleet.agents a ON a.number = e.agent
            ORDER BY e.time \(order), e.agent \(order), e.seq \(order)
            """
    }

    private mutating func bind(_ value: PostgresValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }
}
