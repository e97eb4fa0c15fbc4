// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension History {
    /// Stores `entries` in one transaction, which is durable when this returns.
    /// - Returns: their seqs, in order.
    package func append(_ entries: [HistoryEntry]) throws -> [Int64] {
        let events = try entries.map { try storedEvent($0.event) }
        // Of a worker that occurs more than once, only the newest state is worth a write.
        var workers: [WorkerID: WorkerInfo] = [:]
        for entry in entries {
            if let worker = entry.worker { workers[worker.id] = worker }
        }
        let summaries = try workers.values.map { try $0.storedSummary }
        return try write { db in
            let insertEvent = try db.cachedStatement(sql: Self.insertEvent)
            let seqs = try events.map { event in
                try insertEvent.execute(arguments: event)
                return db.lastInsertedRowID
            }
            let upsertWorker = try db.cachedStatement(sql: WorkerInfo.upsert)
            for summary in summaries { try upsertWorker.execute(arguments: summary) }
            return seqs
        }
    }

    private static let insertEvent = """
        INSERT INTO events (time_ms, type, worker_id, pid, request_id, data) VALUES (?, ?, ?, ?, ?, ?)
        """

    private func storedEvent(_ event: Event) throws -> StatementArguments {
        guard let type = eventTypes[event.type] else {
            throw ClusterError(.internal, .internalError, "the schema has no event type \(event.type.rawValue)")
        }
        return [
            event.time.milliseconds, type, event.workerId?.rawValue, event.pid, event.requestId,
            event.data == [:] ? "{}" : try StoredJSON.text(event.data),
        ]
    }
}
