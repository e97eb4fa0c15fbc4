// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GRDB
import Migrations
package import Shared
import Synchronization

/// The events of one data directory and a summary of each worker, in a SQLite file that outlives the agent.
///
/// What is not `async` blocks the calling thread on the disk; asynchronous code reads through ``perform(_:)``.
/// They throw `ClusterError`: `INTERNAL` where an entry breaks a rule of the schema, which no repetition
/// mends, and `UNAVAILABLE` (`HISTORY_UNAVAILABLE`) for whatever may pass, such as a full disk.
package final class History: Sendable {
    /// Names the data directory for ever: a UUID, made with the file.
    package let agentID: String
    let database: any DatabaseWriter
    let eventTypes: EventTypeCodes
    private let isClosed = Atomic(false)
    // Serial queues, because Dispatch gives each of these a thread when it has work. A concurrent queue would block
    // the threads that Swift's tasks run on. As many as GRDB's pool has connections: more would only wait for one.
    private let readers = (0..<History.configuration.maximumReaderCount).map { number in
        DispatchQueue(label: "cluster.history.reader.\(number)")
    }
    private let reads = Atomic<UInt>(0)
    // Of its own, so that no number of readers keeps an event from being stored.
    private let writer = DispatchQueue(label: "cluster.history.writer")

    /// Opens the file, or makes it, and brings it to this version's schema.
    ///
    /// Workers that a crash left behind unfinished are dead from now on, at an unknown time: a worker ends
    /// when its primary does.
    /// - Parameter path: one agent at a time may have it open; the data directory's lock sees to that.
    package static func open(path: String) throws -> History {
        try explaining("cannot open the history \(path)") {
            let pool = try DatabasePool(path: path, configuration: configuration)
            do {
                return try History(pool)
            } catch {
                try? pool.close()
                throw error
            }
        }
    }

    /// A history that ends with the process.
    package static func inMemory() throws -> History {
        try explaining("cannot make a history in memory") {
            try History(DatabaseQueue(configuration: configuration))
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "cluster.history"
        // Somebody who reads the file with a shell may hold a lock for a moment.
        configuration.busyMode = .timeout(2)
        return configuration
    }

    private init(_ database: any DatabaseWriter) throws {
        self.database = database
        try database.writeWithoutTransaction { db in
            try Self.refuseForeignFile(db)
            // GRDB sets NORMAL with WAL, under which a commit may be lost with the machine's power
            // (https://www.sqlite.org/pragma.html#pragma_synchronous). Published means durable here.
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        try Schema.migrator.migrate(database)
        (agentID, eventTypes) = try database.write { db in
            try Self.endInterruptedWorkers(db)
            return (try Self.agentID(db), try EventTypeCodes(db))
        }
    }

    /// Runs `body`, which reads, on a thread that may block.
    package func perform<Result: Sendable>(
        _ body: @escaping @Sendable (History) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let turn = reads.wrappingAdd(1, ordering: .relaxed).oldValue
            readers[Int(turn % UInt(readers.count))].async {
                continuation.resume(with: Swift.Result { try body(self) })
            }
        }
    }

    /// As ``append(_:)``, on a thread that may block.
    package func store(_ entries: [HistoryEntry]) async throws -> [Int64] {
        try await withCheckedThrowingContinuation { continuation in
            writer.async {
                continuation.resume(with: Swift.Result { try self.append(entries) })
            }
        }
    }

    /// The highest id ever used, and one more.
    package var nextWorkerID: WorkerID {
        get throws {
            let highest = try read { db in
                try Int.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'workers'") ?? 0
            }
            let (next, overflow) = highest.addingReportingOverflow(1)
            guard !overflow, let id = WorkerID(rawValue: next) else {
                throw ClusterError(
                    .unavailable, .historyUnavailable, "the history's highest worker id, \(highest), is out of range")
            }
            return id
        }
    }

    /// The oldest and the newest event kept; nil when there is none.
    package var seqBounds: ClosedRange<Int64>? {
        get throws {
            try read { db in
                guard let oldest = try Int64.fetchOne(db, sql: "SELECT min(seq) FROM events"),
                    let newest = try Int64.fetchOne(db, sql: "SELECT max(seq) FROM events"), oldest <= newest
                else { return nil }
                return oldest...newest
            }
        }
    }

    /// The highest `seq` ever given, though its event may be gone; 0 before the first.
    package var lastSeq: Int64 {
        get throws {
            try read { db in
                try Int64.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0
            }
        }
    }

    /// The `seq` before the oldest event kept: who reads on after it misses nothing that there is.
    package var oldestCursor: Int64 {
        get throws { try seqBounds.map { $0.lowerBound &- 1 } ?? lastSeq }
    }

    /// - Throws: `OUT_OF_RANGE` (`SEQ_EXPIRED`, metadata `oldestSeq`) where an event after `seq` is no longer
    ///   kept, or where this history has not come as far as `seq`.
    package func requireKept(after seq: Int64) throws {
        let oldest = try oldestCursor
        guard seq >= oldest else {
            throw ClusterError(
                .outOfRange, .seqExpired,
                "events after \(seq) are no longer kept; the oldest is \(oldest + 1), begin with afterSeq=earliest",
                metadata: ["oldestSeq": "\(oldest + 1)"])
        }
        let newest = try lastSeq
        guard seq <= newest else {
            throw ClusterError(
                .outOfRange, .seqExpired,
                "this history ends at \(newest) and has no event \(seq), which must be another data directory's; "
                    + "begin with afterSeq=earliest",
                metadata: ["oldestSeq": "\(oldest + 1)", "newestSeq": "\(newest)"])
        }
    }

    /// Waits for whoever reads or writes, then closes the file; any later call fails.
    package func close() throws {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        try Self.explaining("cannot close the history") {
            // GRDB closes its writer before its readers, and SQLite moves the log into the file only when a connection
            // that may write is the last to close. Where this fails the log stays, and nothing is lost.
            _ = try? database.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
            try database.close()
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.explaining("cannot read the history") {
            try requireOpen()
            return try database.read(body)
        }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.explaining("cannot write to the history") {
            try requireOpen()
            return try database.write(body)
        }
    }

    private func requireOpen() throws {
        // GRDB lets SQLite use a closed connection in memory.
        guard !isClosed.load(ordering: .acquiring) else {
            throw ClusterError(.unavailable, .historyUnavailable, "it has been closed")
        }
    }
}
