// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GRDB
package import Shared
import Synchronization

/// The events of one data directory and a summary of each worker, in a SQLite file that outlives the agent.
///
/// Calls that are not `async` block on the disk; asynchronous code reads through ``perform(_:)``. They throw
/// `ClusterError`: `INTERNAL` if an entry breaks a rule of the schema, so that repeating does not help, and
/// `UNAVAILABLE` (`HISTORY_UNAVAILABLE`) for a condition that may pass, such as a full disk.
package final class History: Sendable {
    private let connection: HistoryConnection
    // Serial queues, because Dispatch gives each of these a thread when it has work. A concurrent queue would block
    // the threads that Swift's tasks run on. As many as GRDB's pool has connections: more would only wait for one.
    private let readers = (0..<Configuration.history().maximumReaderCount).map { number in
        DispatchQueue(label: "cluster.history.reader.\(number)")
    }
    private let reads = Atomic<UInt>(0)
    // A thread of its own, so that no number of readers keeps an event from being stored.
    private let writer = DispatchQueue(label: "cluster.history.writer")

    /// How the file is divided, for the steps of one round of pruning.
    let shares = Mutex<HistoryShares?>(nil)

    private init(_ connection: HistoryConnection) {
        self.connection = connection
    }

    /// Opens the file, or makes it, and brings it to this version's schema.
    ///
    /// Workers that a crash left behind unfinished get their `exit` event (`agentLost`): a worker ends when its primary
    /// does. A damaged file is set aside under a new name, and a new one made.
    /// - Parameters:
    ///   - path: one agent at a time may have it open; the data directory's lock sees to that.
    ///   - notify: called with news that somebody should know, on the thread that writes.
    package static func open(
        path: String, notify: @escaping @Sendable (HistoryNotice) -> Void = { _ in }
    ) throws -> History {
        let history = History(path: path, notify: notify)
        try history.open()
        return history
    }

    /// Like ``open(path:notify:)``, but if that fails, each write tries it again.
    package convenience init(path: String, notify: @escaping @Sendable (HistoryNotice) -> Void = { _ in }) {
        self.init(HistoryConnection(HistoryFile(path: path), notify: notify))
    }

    /// A history that ends with the process.
    package static func inMemory() throws -> History {
        try explaining("cannot make a history in memory") {
            let queue = try DatabaseQueue(configuration: .history())
            return History(HistoryConnection(try OpenDatabase(queue, isFirst: true)))
        }
    }

    /// For reading only, beside an agent that may be using the file.
    package static func reading(path: String) throws -> History {
        try explaining("cannot read the history \(path)") {
            guard DataFile.isRegular(at: path) else {
                throw ClusterError(
                    .unavailable, .historyUnavailable, "there is no such file, or it is not a regular file")
            }
            let queue = try DatabaseQueue(path: path, configuration: .history(readonly: true))
            return History(HistoryConnection(try OpenDatabase(reading: queue)))
        }
    }

    /// Opens it, unless it is open.
    package func open() throws {
        _ = try connection.openForWriting()
    }

    /// Why it is not open; nil while it is.
    package var trouble: ClusterError? { connection.trouble }

    /// Names the data directory forever: a UUID, made with the file.
    package var agentID: String { get throws { try connection.opened().agentID } }

    /// How the last run ended. Nil if the file is only read, or replaces a damaged one.
    package var lastRun: LastRun? { get throws { try connection.opened().lastRun } }

    /// Workers that were alive when another run was killed, as they were then. They have their `exit` event by now.
    package var orphans: [WorkerInfo] { get throws { try connection.opened().orphans } }

    var database: any DatabaseWriter { get throws { try connection.opened().writer } }
    var eventTypes: EventTypeCodes { get throws { try connection.opened().eventTypes } }

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
        try await onWriter { try $0.append(entries) }
    }

    /// Runs `body` on the thread that writes, after earlier writes.
    func onWriter<Result: Sendable>(
        _ body: @escaping @Sendable (History) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            writer.async { continuation.resume(with: Swift.Result { try body(self) }) }
        }
    }

    /// Waits for readers and writers, then closes the file. Any later call fails.
    /// - Parameter seconds: how long to wait. A disk that hangs must not keep the agent from ending. Entries in the log
    ///   are safe in any case.
    package func close(within seconds: Int = 60) throws {
        guard let database = connection.end()?.writer else { return }
        let done = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
        writer.async {
            defer { done.signal() }
            do {
                // GRDB closes its writer before its readers, and SQLite moves the log into the file only when a
                // connection that may write is the last to close. If this fails the log stays; nothing is lost.
                _ = try? database.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
                try database.close()
            } catch {
                failure.withLock { $0 = error }
            }
        }
        try Self.explaining("cannot close the history") {
            guard done.wait(timeout: .now() + .seconds(seconds)) == .success else {
                throw ClusterError(.unavailable, .historyUnavailable, "the disk does not answer")
            }
            if let error = failure.withLock({ $0 }) { throw error }
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.explaining("cannot read the history") { try connection.opened().writer.read(body) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try writing { try $0.writer.write(body) }
    }

    /// A damaged file is replaced, and `body` is run again with the new one.
    func writing<Value>(_ body: (OpenDatabase) throws -> Value) throws -> Value {
        try Self.explaining("cannot write to the history") {
            let database = try connection.openForWriting()
            do {
                return try body(database)
            } catch let error as DatabaseError where error.isDamage {
                return try body(try connection.replace(database, because: error))
            }
        }
    }
}
