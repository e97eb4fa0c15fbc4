// SPDX-License-Identifier: Apache-2.0

import GRDB
import Migrations
import Shared

/// An opened database of this version's schema, and what was found in it.
struct OpenDatabase: Sendable {
    let writer: any DatabaseWriter
    let agentID: String
    let eventTypes: EventTypeCodes
    /// Nil if nobody knows: the file is only read, or replaces a damaged one.
    let lastRun: LastRun?
    /// The workers whose end another run has not seen; empty if the file is only read.
    let orphans: [WorkerInfo]

    /// Brings the schema up to date.
    /// - Parameters:
    ///   - isFirst: the first opening of this run: the workers that the file has alive are another run's, which was
    ///     killed, and have ended with it.
    ///   - damaged: the new name of a damaged file in whose place this one is if it is new.
    init(
        _ writer: any DatabaseWriter, isFirst: Bool, agentID known: String? = nil, replacing damaged: String? = nil
    ) throws {
        try writer.writeWithoutTransaction { db in
            // GRDB sets NORMAL with WAL, under which a commit may be lost with the machine's power
            // (https://www.sqlite.org/pragma.html#pragma_synchronous). Published means durable here.
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        try Schema.migrator.migrate(writer)
        try Self.letItShrink(writer)
        self.writer = writer
        (agentID, eventTypes, lastRun, orphans) = try writer.write { db in
            let types = try EventTypeCodes(db)
            let damaged = try Self.isNew(db) ? damaged : nil
            // Nobody knows what the damaged file held.
            let lastRun = damaged == nil ? try LastRun(db, types: types) : nil
            if let damaged { try Self.beginAnew(db, types: types, insteadOf: damaged) }
            let orphans = isFirst ? try Self.endInterruptedWorkers(db, types: types, at: .now) : []
            return (try Self.agentID(db, known: known), types, lastRun, orphans)
        }
    }

    /// Only reads, and leaves the file as it is.
    init(reading reader: any DatabaseWriter) throws {
        writer = reader
        (agentID, eventTypes, lastRun, orphans) = try reader.read { db in
            try Self.refuseForeignFile(db)
            let types = try EventTypeCodes(db)
            let id = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = 'agentId'")
            return (id ?? "", types, nil, [])
        }
    }

    /// SQLite's free pages are given back in steps (`History.prune`). A file that was made without this must be
    /// rewritten once. If there is no room for that, its free pages are only reused.
    private static func letItShrink(_ writer: any DatabaseWriter) throws {
        try writer.writeWithoutTransaction { db in
            guard try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") != incremental else { return }
            try db.execute(sql: "PRAGMA auto_vacuum = \(incremental)")
            try? db.execute(sql: "VACUUM")
        }
    }

    /// https://www.sqlite.org/pragma.html#pragma_auto_vacuum
    static let incremental = 2
}
