// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension History {
    /// Stores `entries` in one transaction, which is durable when this returns.
    /// - Returns: their seqs, in order.
    package func append(_ entries: [HistoryEntry]) throws -> [Int64] {
        try writing { opened in
            let events = try entries.map { try $0.event.arguments(types: opened.eventTypes) }
            // Of a worker that occurs more than once, only the newest state is worth a write.
            var workers: [WorkerID: WorkerInfo] = [:]
            for entry in entries {
                if let worker = entry.worker { workers[worker.id] = worker }
            }
            let summaries = try workers.values.map { try $0.storedSummary }
            return try opened.writer.write { db in
                let seqs = try events.map { try Event.insert(db, $0) }
                let upsertWorker = try db.cachedStatement(sql: WorkerInfo.upsert)
                for summary in summaries { try upsertWorker.execute(arguments: summary) }
                return seqs
            }
        }
    }
}
