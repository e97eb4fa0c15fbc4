// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Migrations
import Shared

extension OpenDatabase {
    /// - Throws: if the file is another program's, or a newer version of this one has written it.
    static func refuseForeignFile(_ db: Database) throws {
        let applicationID = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard isEmpty || applicationID == Schema.applicationID else {
            throw ClusterError(
                .unavailable, .historyUnavailable, "this is a database of another program; move it out of the way")
        }
        guard try !Schema.migrator.hasBeenSuperseded(db) else {
            throw ClusterError(
                .unavailable, .historyUnavailable,
                "a newer version of cluster-agent has written it; run that version, or move the file out of the way")
        }
    }

    /// The first opening was not completed.
    static func isNew(_ db: Database) throws -> Bool {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'agentId'") == nil
    }

    /// Makes the id at the first opening.
    static func agentID(_ db: Database, known: String?) throws -> String {
        try db.execute(
            sql: "INSERT INTO meta (key, value) VALUES ('agentId', ?) ON CONFLICT DO NOTHING",
            arguments: [known ?? UUID().uuidString.lowercased()])
        return try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'agentId'") ?? ""
    }

    /// Nobody can tell which ids and seqs the damaged file has given. The microseconds since 1970 are beyond all of them,
    /// unless more than one each were used since 1970; and a file that is damaged later begins still further on.
    static func beginAnew(_ db: Database, types: EventTypeCodes, insteadOf damaged: String) throws {
        let now = Timestamp.now
        for table in ["events", "workers"] {
            try db.execute(
                sql: "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
                arguments: [table, now.milliseconds * 1000])
        }
        let gap = Event(
            time: now, type: .gap,
            data: ["reason": .string("the history was damaged and has been set aside as \(damaged)"), "lost": nil])
        try gap.insert(db, types: types)
    }

    /// A worker ends when its primary does. Nobody saw when; it is only known that it has ended by now.
    /// - Returns: those that were alive, as they were.
    static func endInterruptedWorkers(
        _ db: Database, types: EventTypeCodes, at time: Timestamp
    ) throws -> [WorkerInfo] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(WorkerInfo.columns) FROM workers INDEXED BY workers_unfinished
                WHERE dead = 0 OR connected = 1 ORDER BY id
                """)
        // One that cannot be read must not prevent the opening of the file.
        let workers = rows.compactMap { try? WorkerInfo(stored: $0) }
        for worker in workers {
            var ended = worker
            for event in ended.endUnseen(at: time) { try event.insert(db, types: types) }
            try db.execute(sql: WorkerInfo.upsert, arguments: ended.storedSummary)
        }
        return workers.filter { !$0.dead }
    }
}

extension WorkerInfo {
    /// Records its end, which nobody saw.
    /// - Returns: the events that are missing.
    fileprivate mutating func endUnseen(at time: Timestamp) -> [Event] {
        var events: [Event] = []
        func event(_ type: EventType, _ data: EventData) -> Event {
            Event(time: time, type: type, workerId: id, pid: pid, data: data.naming(instanceOf: self))
        }
        if connected {
            connected = false
            listening = []
            disconnectedAt = time
            state = .disconnected
            events.append(
                event(.disconnect, ["exitedAfterDisconnect": exitedAfterDisconnect.map(JSONValue.bool) ?? .null]))
        }
        if !dead {
            let report = ExitReport(reason: .agentLost)
            dead = true
            listening = []
            exitedAt = time
            state = .dead
            exit = report
            events.append(event(.exit, EventData(report, exitedAfterDisconnect: exitedAfterDisconnect)))
        }
        return events
    }
}
