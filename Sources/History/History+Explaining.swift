// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

extension History {
    /// Runs `body` and turns what SQLite throws into a `ClusterError` that begins with `what` did not work.
    static func explaining<Value>(_ what: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as ClusterError {
            throw ClusterError(
                error.status, error.reason, "\(what): \(error.message)", metadata: error.metadata, cause: error.cause)
        } catch {
            throw explained(error, what)
        }
    }

    private static func explained(_ error: any Error, _ what: String) -> ClusterError {
        guard let error = error as? DatabaseError else {
            return ClusterError(.unavailable, .historyUnavailable, what, cause: error)
        }
        switch error.resultCode {
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
            return ClusterError(
                .internal, .internalError, "\(what): an entry breaks a rule of the schema", cause: error)
        case .SQLITE_FULL:
            return unavailable("\(what): the disk is full; free some space", error)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return unavailable("\(what): the file is read-only; make it writable for the agent's user", error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return unavailable("\(what): the file is damaged; \(rescue)", error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return unavailable("\(what): another program holds a lock on the file; end it", error)
        case .SQLITE_CANTOPEN:
            return unavailable("\(what): the file or its directory is not there or not accessible", error)
        default:
            return unavailable("\(what): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")", error)
        }
    }

    /// What to do with a damaged file.
    static let rescue = """
        when it starts, the agent sets such a file aside and begins a new one; \
        what can be read of it: sqlite3 FILE .recover | sqlite3 NEW
        """

    private static func unavailable(_ message: String, _ cause: DatabaseError) -> ClusterError {
        ClusterError(.unavailable, .historyUnavailable, message, cause: cause)
    }
}
