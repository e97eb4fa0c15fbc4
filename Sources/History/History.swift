// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GRDB
package import Shared
import Synchronization

/// The events of one data directory and a summary of each worker, in a SQLite file that outlives the agent.
///
/// What is not `async` blocks the calling thread on the disk; asynchronous code reads through ``perform(_:)``.
/// They throw `ClusterError`: `INTERNAL` where an entry breaks a rule of the schema, which no repetition
/// mends, and `UNAVAILABLE` (`HISTORY_UNAVAILABLE`) for whatever may pass, such as a full disk.
package final class History: Sendable {
    private enum State {
        /// Each write tries to open it. Exits: `open`, `closed`.
        case unopened(ClusterError)
        /// Exits: `unopened` where the file turns out to be damaged and no new one can be made, `closed`.
        case open(OpenDatabase)
        case closed
    }

    private let state: Mutex<State>
    /// Nil for one that ends with the process.
    private let file: HistoryFile?
    private let notify: @Sendable (HistoryNotice) -> Void
    /// Whether this run has had the file open before; held while it is opened or replaced.
    private let wasOpened = Mutex(false)
    // Serial queues, because Dispatch gives each of these a thread when it has work. A concurrent queue would block
    // the threads that Swift's tasks run on. As many as GRDB's pool has connections: more would only wait for one.
    private let readers = (0..<History.configuration.maximumReaderCount).map { number in
        DispatchQueue(label: "cluster.history.reader.\(number)")
    }
    private let reads = Atomic<UInt>(0)
    // Of its own, so that no number of readers keeps an event from being stored.
    private let writer = DispatchQueue(label: "cluster.history.writer")

    private init(_ state: State, _ file: HistoryFile?, _ notify: @escaping @Sendable (HistoryNotice) -> Void) {
        self.state = Mutex(state)
        self.file = file
        self.notify = notify
    }

    /// Opens the file, or makes it, and brings it to this version's schema.
    ///
    /// Workers that a crash left behind unfinished get their `exit` event (`agentLost`): a worker ends when its primary
    /// does. A damaged file is set aside under a new name, and a new one made.
    /// - Parameters:
    ///   - path: one agent at a time may have it open; the data directory's lock sees to that.
    ///   - notify: told what somebody should know; called on the thread that writes.
    package static func open(
        path: String, notify: @escaping @Sendable (HistoryNotice) -> Void = { _ in }
    ) throws -> History {
        let history = History(path: path, notify: notify)
        try history.open()
        return history
    }

    /// As ``open(path:notify:)``, but where that fails it is tried again by whoever writes.
    package convenience init(path: String, notify: @escaping @Sendable (HistoryNotice) -> Void = { _ in }) {
        let reason = ClusterError(.unavailable, .historyUnavailable, "it has not been opened")
        self.init(.unopened(reason), HistoryFile(path: path), notify)
    }

    /// Opens it, unless it is open.
    package func open() throws {
        _ = try openForWriting()
    }

    /// A history that ends with the process.
    package static func inMemory() throws -> History {
        try explaining("cannot make a history in memory") {
            History(.open(try OpenDatabase(DatabaseQueue(configuration: configuration), isFirst: true)), nil) { _ in }
        }
    }

    /// For reading only, beside an agent that may be using the file.
    package static func reading(path: String) throws -> History {
        try explaining("cannot read the history \(path)") {
            var configuration = configuration
            configuration.readonly = true
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            return History(.open(try OpenDatabase(reading: queue)), nil) { _ in }
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "cluster.history"
        // Somebody who reads the file with a shell may hold a lock for a moment.
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { db in
            // Has a meaning only before the first table is made.
            if !db.configuration.readonly, try Int.fetchOne(db, sql: "PRAGMA page_count") == 0 {
                try db.execute(sql: "PRAGMA auto_vacuum = \(OpenDatabase.incremental)")
            }
        }
        return configuration
    }

    /// Why it is not open; nil while it is.
    package var trouble: ClusterError? {
        state.withLock { state in
            if case .unopened(let reason) = state { reason } else { nil }
        }
    }

    /// Names the data directory for ever: a UUID, made with the file.
    package var agentID: String { get throws { try opened().agentID } }

    /// How the agent before this one has ended; nil where the file is only read.
    package var lastRun: LastRun? { get throws { try opened().lastRun } }

    var database: any DatabaseWriter { get throws { try opened().writer } }
    var eventTypes: EventTypeCodes { get throws { try opened().eventTypes } }

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

    func onWriter<Result: Sendable>(
        _ body: @escaping @Sendable (History) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            writer.async { continuation.resume(with: Swift.Result { try body(self) }) }
        }
    }

    // MARK: Opening and closing

    private static let isClosed = ClusterError(.unavailable, .historyUnavailable, "it has been closed")

    private func opened() throws(ClusterError) -> OpenDatabase {
        switch state.withLock({ $0 }) {
        case .open(let database): return database
        case .unopened(let reason): throw reason
        // GRDB lets SQLite use a closed connection in memory.
        case .closed: throw Self.isClosed
        }
    }

    private func openForWriting() throws -> OpenDatabase {
        guard let file, trouble != nil else { return try opened() }
        return try wasOpened.withLock { wasOpened in
            guard trouble != nil else { return try opened() }
            let database = try take(isFirst: !wasOpened) { try $0.open(file) }
            wasOpened = true
            return database
        }
    }

    /// Puts a new file in the place of one that is damaged.
    private func replace(_ damaged: OpenDatabase, because error: DatabaseError) throws -> OpenDatabase {
        guard let file else { throw error }
        return try wasOpened.withLock { _ in
            // Another thread may have found it out at the same time.
            if let current = try? opened(), current.writer !== damaged.writer { return current }
            try? damaged.writer.close()
            return try take(isFirst: false) { try $0.replace(file, agentID: damaged.agentID, because: error) }
        }
    }

    private func take(isFirst: Bool, _ open: (HistoryOpening) throws -> OpenDatabase) throws -> OpenDatabase {
        let result = Swift.Result {
            try Self.explaining("cannot open the history \(file?.path ?? "")") {
                try open(HistoryOpening(configuration: Self.configuration, isFirst: isFirst, notify: notify))
            }
        }
        let isTaken = state.withLock { state in
            if case .closed = state { return false }
            switch result {
            case .success(let database): state = .open(database)
            case .failure(let error):
                // `explaining` throws nothing else.
                if let error = error as? ClusterError { state = .unopened(error) }
            }
            return true
        }
        guard isTaken else {
            try? result.get().writer.close()
            throw Self.isClosed
        }
        return try result.get()
    }

    /// Waits for whoever reads or writes, then closes the file; any later call fails.
    /// - Parameter seconds: how long to wait. A disk that hangs must not keep the agent from ending; what is in the
    ///   log is safe in any case.
    package func close(within seconds: Int = 60) throws {
        let last = state.withLock { state in
            defer { state = .closed }
            return state
        }
        guard case .open(let database) = last else { return }
        let done = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
        writer.async {
            defer { done.signal() }
            do {
                // GRDB closes its writer before its readers, and SQLite moves the log into the file only when a
                // connection that may write is the last to close. Where this fails the log stays; nothing is lost.
                _ = try? database.writer.writeWithoutTransaction { db in try db.checkpoint(.truncate) }
                try database.writer.close()
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
        try Self.explaining("cannot read the history") { try opened().writer.read(body) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try writing { try $0.writer.write(body) }
    }

    /// A damaged file is replaced, and `body` is run again with the new one.
    func writing<Value>(_ body: (OpenDatabase) throws -> Value) throws -> Value {
        try Self.explaining("cannot write to the history") {
            let database = try openForWriting()
            do {
                return try body(database)
            } catch let error as DatabaseError where error.isDamage {
                return try body(try replace(database, because: error))
            }
        }
    }
}
