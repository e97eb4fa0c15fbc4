// SPDX-License-Identifier: Apache-2.0

import Shared

/// The registry of agents.
extension PostgresSession {
    /// An agent that has not reported for so long is lost. Each report is due after a third of it.
    static let silence = "interval '30 s'"
    private static let isGone = "(stopped_at IS NOT NULL OR last_seen < now() - \(silence))"

    /// Enters the agent, or finds it again.
    /// - Throws: `unsuitable` if a living agent has its name, or uses a copy of its data directory.
    func register(_ member: FleetMember) throws(PostgresError) -> Registration {
        try inTransaction { () throws(PostgresError) in
            try makeWay(for: member)
            var registration: Registration?
            try run(
                """
                INSERT INTO fleet.agents (id, name, groups, endpoints, hostname, version, started_at)
                VALUES ($1::uuid, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (id) DO UPDATE SET
                    name = excluded.name, groups = excluded.groups, endpoints = excluded.endpoints,
                    hostname = excluded.hostname, version = excluded.version, started_at = excluded.started_at,
                    last_seen = now(), stopped_at = NULL, forgotten_at = NULL
                RETURNING number, forwarded_seq, last_seq,
                    (extract(epoch FROM last_time) * 1000)::bigint, \(Self.today)
                """,
                [
                    .text(member.id), .text(member.name), .texts(member.groups), .texts(member.endpoints),
                    .text(member.hostname), .text(member.version), .time(member.startedAt),
                ]
            ) { row throws(PostgresError) in
                let (number, cursor): (Int64, Int64) = (
                    try PostgresRow.some(row.integer()), try PostgresRow.some(row.integer())
                )
                let (lastSeq, lastTime): (Int64?, Timestamp?) = (try row.integer(), try row.time())
                registration = Registration(
                    number: number, cursor: cursor, lastSeq: lastSeq, lastTime: lastTime,
                    today: try PostgresRow.some(row.integer()))
                return true
            }
            return try PostgresRow.some(registration)
        }
    }

    /// A name passes from an agent that is gone to a living one: a machine that was set up again has another id.
    private func makeWay(for member: FleetMember) throws(PostgresError) {
        var others: [(id: String, name: String, hostname: String, isGone: Bool, isNewer: Bool)] = []
        try run(
            """
            SELECT id::text, name, hostname, \(Self.isGone), started_at > $3 FROM fleet.agents
            WHERE forgotten_at IS NULL AND (name = $1 OR id = $2::uuid) FOR UPDATE
            """, [.text(member.name), .text(member.id), .time(member.startedAt)]
        ) { row throws(PostgresError) in
            others.append(
                (
                    try PostgresRow.some(row.text()), try PostgresRow.some(row.text()),
                    try PostgresRow.some(row.text()), try PostgresRow.some(row.bool()),
                    try PostgresRow.some(row.bool())
                ))
            return true
        }
        for other in others where !other.isGone {
            if other.id != member.id {
                throw PostgresError(
                    .unsuitable,
                    "an agent on \(other.hostname) is called \(member.name) too; set fleet.name to another name")
            }
            // The same machine may have started it again at once. Otherwise two would take the cursor from each other.
            if other.hostname != member.hostname || other.isNewer {
                throw PostgresError(
                    .unsuitable,
                    "an agent on \(other.hostname) has the same id, so one data directory is a copy of the other; "
                        + "remove history.sqlite from one of them")
            }
        }
        for other in others where other.isGone && other.id != member.id {
            try run("UPDATE fleet.agents SET forgotten_at = now() WHERE id = $1::uuid", [.text(other.id)])
        }
    }

    /// - Returns: today by the server's clock.
    /// - Throws: `conflict` if the agent's row is no longer its own: it must register again.
    func report(
        _ report: FleetReport, of member: FleetMember, _ registration: Registration
    ) throws(PostgresError) -> Int64 {
        var today: Int64?
        try run(
            """
            UPDATE fleet.agents
            SET last_seen = now(), desired = $3, ready = $4, phase = $5, waiting = $6
            WHERE number = $1 AND started_at = $2 AND forgotten_at IS NULL RETURNING \(Self.today)
            """,
            [
                .integer(registration.number), .time(member.startedAt), .integer(Int64(report.desired)),
                .integer(Int64(report.ready)), .text(report.phase), .integer(report.waiting),
            ]
        ) { row throws(PostgresError) in
            today = try row.integer()
            return true
        }
        guard let today else { throw PostgresError(.conflict, "the registry does not list this agent any more") }
        return today
    }

    /// The agent ends in good order.
    func leave(_ member: FleetMember, _ registration: Registration) throws(PostgresError) {
        try run(
            """
            UPDATE fleet.agents SET stopped_at = now(), last_seen = now(), ready = 0
            WHERE number = $1 AND started_at = $2
            """, [.integer(registration.number), .time(member.startedAt)])
    }

    /// - Returns: false if no listed agent has this name.
    /// - Throws: `conflict` if it lives.
    func forget(_ name: String) throws(PostgresError) -> Bool {
        var isGone: Bool?
        try run(
            """
            UPDATE fleet.agents SET forgotten_at = CASE WHEN \(Self.isGone) THEN now() END
            WHERE name = $1 AND forgotten_at IS NULL RETURNING \(Self.isGone)
            """, [.text(name)]
        ) { row throws(PostgresError) in
            isGone = try row.bool()
            return true
        }
        guard isGone != false else {
            throw PostgresError(.conflict, "\(name) lives, and would register again; stop it first")
        }
        return isGone != nil
    }

    /// The beginning of a column's text. Anyone who can write to the database can write a text of any length.
    private static func shown(_ column: String) -> String { "left(\(column), 300)" }
    private static func shown(list column: String) -> String {
        "(SELECT coalesce(json_agg(\(shown("each"))), '[]') FROM unnest(\(column)[:100]) AS each)"
    }

    /// All listed agents, by name.
    func agents() throws(PostgresError) -> [FleetAgent] {
        var agents: [FleetAgent] = []
        try run(
            """
            SELECT \(Self.shown("name")), id::text, CASE WHEN stopped_at IS NOT NULL THEN 'stopped'
                    WHEN last_seen < now() - \(Self.silence) THEN 'lost' ELSE 'live' END,
                \(Self.shown(list: "groups")), \(Self.shown(list: "endpoints")), \(Self.shown("hostname")),
                \(Self.shown("version")),
                (extract(epoch FROM started_at) * 1000)::bigint, (extract(epoch FROM last_seen) * 1000)::bigint,
                desired, ready, \(Self.shown("phase")), waiting
            FROM fleet.agents WHERE forgotten_at IS NULL ORDER BY name
            """
        ) { row throws(PostgresError) in
            agents.append(try FleetAgent(&row))
            return true
        }
        return agents
    }
}

extension FleetAgent {
    fileprivate init(_ row: inout PostgresRow) throws(PostgresError) {
        self.init(
            name: try PostgresRow.some(row.text()), agentId: try PostgresRow.some(row.text()),
            state: try PostgresRow.some(State(rawValue: PostgresRow.some(row.text()))), groups: try Self.texts(&row),
            endpoints: try Self.texts(&row), hostname: try PostgresRow.some(row.text()),
            version: try PostgresRow.some(row.text()), startedAt: try PostgresRow.some(row.time()),
            lastSeenAt: try PostgresRow.some(row.time()), desired: try row.integer(), ready: try row.integer(),
            phase: try row.text(), waiting: try PostgresRow.some(row.integer()))
    }

    private static func texts(_ row: inout PostgresRow) throws(PostgresError) -> [String] {
        guard let json = try row.bytes(), case .array(let items)? = EventData.text(json).value else {
            throw PostgresRow.unreadable("a list is no list")
        }
        return items.compactMap { item in if case .string(let text) = item { text } else { nil } }
    }
}
