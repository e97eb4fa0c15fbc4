// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared

/// Opens the history's file, or one in its place.
struct HistoryOpening {
    /// Of this run.
    let isFirst: Bool
    let notify: (HistoryNotice) -> Void

    func open(_ file: HistoryFile) throws -> OpenDatabase {
        do {
            return try connect(file)
        } catch let error as DatabaseError where error.isDamage {
            return try replace(file, agentID: nil, because: error)
        }
    }

    /// - Parameter agentID: of the damaged file, if it could be read.
    func replace(_ file: HistoryFile, agentID: String?, because error: DatabaseError) throws -> OpenDatabase {
        let aside = try file.setAside(at: .now)
        notify(.setAside(as: aside, because: "\(error)"))
        return try connect(file, agentID: agentID, replacing: aside)
    }

    private func connect(
        _ file: HistoryFile, agentID: String? = nil, replacing damaged: String? = nil
    ) throws -> OpenDatabase {
        try file.protect()
        // By a connection that only reads: opening for writing would already change a file that is not ours.
        let check = try DatabaseQueue(path: file.path, configuration: .history(readonly: true))
        defer { try? check.close() }
        try check.read(OpenDatabase.refuseForeignFile)

        let pool = try DatabasePool(path: file.path, configuration: .history())
        do {
            // One that was set aside when the disk had no room for the next has still to be replaced.
            return try OpenDatabase(
                pool, isFirst: isFirst, agentID: agentID, replacing: damaged ?? file.lastSetAside)
        } catch {
            try? pool.close()
            throw error
        }
    }
}

extension DatabaseError {
    /// The file is not a database, or is incomplete.
    var isDamage: Bool { [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(resultCode) }
}
