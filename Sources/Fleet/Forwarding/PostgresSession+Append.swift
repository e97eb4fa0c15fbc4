// SPDX-License-Identifier: Apache-2.0

import Shared

/// Writing of events.
extension PostgresSession {
    /// One statement, so one round trip and one transaction: the events, the workers' summaries, and how far the agent's
    /// history has been forwarded. It does nothing unless the cursor is where the agent believes it to be.
    private static let append = """
        WITH moved AS (
            UPDATE fleet.agents
            SET forwarded_seq = $4, last_seq = coalesce($24, last_seq), last_time = coalesce($25, last_time)
            WHERE number = $1 AND started_at = $2 AND forwarded_seq = $3 RETURNING number
        ), stored AS (
            INSERT INTO fleet.events (time, agent, seq, type, worker_id, pid, request_id, data)
            SELECT e.time, moved.number, e.seq, e.type, e.worker_id, e.pid::integer, e.request_id, e.data
            FROM moved, unnest($5, $6, $7, $8, $9, $10, $11)
                AS e (time, seq, type, worker_id, pid, request_id, data)
            ON CONFLICT DO NOTHING
        ), summarized AS (
            INSERT INTO fleet.workers (
                agent, id, pid, state, instance, exec, settings_revision, forked_at, exited_at, exit_reason, exit_code,
                signal, info)
            SELECT moved.number, w.id, w.pid::integer, w.state, w.instance::integer, w.exec, w.settings_revision,
                w.forked_at, w.exited_at, w.exit_reason, w.exit_code::integer, w.signal, w.info
            FROM moved, unnest($12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
                AS w (id, pid, state, instance, exec, settings_revision, forked_at, exited_at, exit_reason, exit_code,
                    signal, info)
            ON CONFLICT (agent, id) DO UPDATE SET
                pid = excluded.pid, state = excluded.state, instance = excluded.instance, exec = excluded.exec,
                settings_revision = excluded.settings_revision, forked_at = excluded.forked_at,
                exited_at = excluded.exited_at, exit_reason = excluded.exit_reason, exit_code = excluded.exit_code,
                signal = excluded.signal, info = excluded.info
        )
        SELECT count(*) FROM moved
        """

    /// - Parameter cursor: from where and up to which seq the batch leads.
    /// - Throws: `conflict` if the cursor is elsewhere; `data` if the values are at fault.
    func append(
        _ batch: FleetBatch, of member: FleetMember, number: Int64, cursor: (from: Int64, through: Int64)
    ) throws(PostgresError) {
        let (events, workers) = (batch.events, batch.workers)
        var infos: [[UInt8]] = []
        for worker in workers { infos.append(try Self.json(of: worker)) }
        var data: [[UInt8]] = []
        for event in events { data.append(try Self.json(of: event)) }
        // A gap has a place and a time that no event of the local history has.
        let last = events.last { $0.type != .gap }
        var moved = 0
        try run(
            Self.append,
            [
                .integer(number), .time(member.startedAt), .integer(cursor.from), .integer(cursor.through),
                .times(events.map(\.time)), .integers(events.map(\.seq)), .texts(events.map(\.type.rawValue)),
                .integers(events.map { $0.workerId.map { Int64($0.rawValue) } }),
                .integers(events.map { $0.pid.map(Int64.init) }), .texts(events.map(\.requestId)), .jsons(data),
                .integers(workers.map { Int64($0.id.rawValue) }), .integers(workers.map { $0.pid.map(Int64.init) }),
                .texts(workers.map(\.state.rawValue)), .integers(workers.map { $0.instance.map(Int64.init) }),
                .texts(workers.map(\.exec)), .integers(workers.map { Int64($0.settingsRevision) }),
                .times(workers.map(\.forkedAt)), .times(workers.map(\.exitedAt)),
                .texts(workers.map { $0.exit?.reason.rawValue }),
                .integers(workers.map { $0.exitCode.map(Int64.init) }),
                .texts(workers.map(\.signal)), .jsons(infos), .integer(last?.seq), .time(last?.time),
            ]
        ) { row throws(PostgresError) in
            moved = try row.integer() ?? 0
            return true
        }
        guard moved == 1 else {
            throw PostgresError(.conflict, "this agent's cursor has been moved by another; it is read again")
        }
    }

    private static func json(of event: Event) throws(PostgresError) -> [UInt8] {
        do {
            return try event.data.json()
        } catch {
            throw PostgresError(.data, "event \(event.seq ?? 0) cannot be written as JSON: \(error)")
        }
    }

    private static func json(of worker: WorkerInfo) throws(PostgresError) -> [UInt8] {
        do {
            return try worker.json()
        } catch {
            throw PostgresError(.data, "worker \(worker.id) cannot be written as JSON: \(error)")
        }
    }
}
