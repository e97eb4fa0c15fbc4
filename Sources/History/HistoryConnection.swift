// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared
import Synchronization

/// The history's database, which may not open at once, and may have to be replaced.
final class HistoryConnection: Sendable {
    private enum State {
        /// Each write tries to open it. Exits: `open`, `closed`.
        case unopened(ClusterError)
        /// Exits: `unopened` if the file turns out to be damaged and no new one can be made, `closed`.
        case open(OpenDatabase)
        case closed
    }

    private let state: Mutex<State>
    /// Nil for one that cannot be opened again.
    private let file: HistoryFile?
    private let notify: @Sendable (HistoryNotice) -> Void
    /// Whether this run has had the file open before; held while it is opened or replaced.
    private let wasOpened = Mutex(false)

    private static let isClosed = ClusterError(.unavailable, .historyUnavailable, "it has been closed")

    /// To a file that the first write opens.
    init(_ file: HistoryFile, notify: @escaping @Sendable (HistoryNotice) -> Void) {
        state = Mutex(.unopened(ClusterError(.unavailable, .historyUnavailable, "it has not been opened")))
        self.file = file
        self.notify = notify
    }

    init(_ database: OpenDatabase) {
        state = Mutex(.open(database))
        file = nil
        notify = { _ in }
    }

    /// Why it is not open; nil while it is.
    var trouble: ClusterError? {
        state.withLock { state in
            if case .unopened(let reason) = state { reason } else { nil }
        }
    }

    /// The open database.
    func opened() throws(ClusterError) -> OpenDatabase {
        switch state.withLock({ $0 }) {
        case .open(let database): return database
        case .unopened(let reason): throw reason
        // GRDB lets SQLite use a closed connection in memory.
        case .closed: throw Self.isClosed
        }
    }

    /// Opens the database if it is not open.
    func openForWriting() throws -> OpenDatabase {
        guard let file, trouble != nil else { return try opened() }
        let (database, isFirst) = try wasOpened.withLock { wasOpened in
            guard trouble != nil else { return (try opened(), false) }
            let database = try take(HistoryOpening(isFirst: !wasOpened, notify: notify)) { try $0.open(file) }
            defer { wasOpened = true }
            return (database, !wasOpened)
        }
        // It may take a while, so others may use the file meanwhile.
        if isFirst { notify(.opened(orphans: database.orphans)) }
        return database
    }

    /// Replaces a damaged file by a new one.
    func replace(_ damaged: OpenDatabase, because error: DatabaseError) throws -> OpenDatabase {
        guard let file else { throw error }
        return try wasOpened.withLock { _ in
            // Another thread may have found it out at the same time.
            if let current = try? opened(), current.writer !== damaged.writer { return current }
            try? damaged.writer.close()
            return try take(HistoryOpening(isFirst: false, notify: notify)) {
                try $0.replace(file, agentID: damaged.agentID, because: error)
            }
        }
    }

    /// Gives up the open database, and the caller closes it. Nil if it is not open.
    func end() -> OpenDatabase? {
        let last = state.withLock { state in
            defer { state = .closed }
            return state
        }
        guard case .open(let database) = last else { return nil }
        return database
    }

    private func take(
        _ opening: HistoryOpening, _ open: (HistoryOpening) throws -> OpenDatabase
    ) throws -> OpenDatabase {
        let result = Result {
            try History.explaining("cannot open the history \(file?.path ?? "")") { try open(opening) }
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
}
