// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB

/// Files as released versions of the agent have written them.
enum ReleasedFile {
    /// The schema's files up to this one, as SQL.
    static func schema(_ last: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../migrations")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".sql") && $0 <= last + ".sql" }.sorted()
        return try names.map { name in
            try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        }.joined(separator: "\n")
    }

    /// All versions, by their last file.
    static let versions = [
        "v0001_events", "v0002_idempotency", "v0003_ends", "v0004_numbers", "v0005_disconnect_reason",
        "v0006_leaving", "v0007_supervision",
    ].filter { name in
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../migrations")
        return FileManager.default.fileExists(atPath: folder.appending(path: name + ".sql").path)
    }

    /// Makes a file of this version: a run that was killed, with a worker that ended and one that lived.
    static func make(_ version: String, path: String) throws {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        try queue.write { db in
            try db.execute(sql: try schema(version))
            try db.execute(
                sql: """
                    CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
                    INSERT INTO meta VALUES ('agentId', 'the-agent');
                    INSERT INTO events (time_ms, type, worker_id, pid, request_id, data) VALUES
                        (1000, 8, NULL, NULL, NULL, '{"version":"0.1.0","reason":"start"}'),
                        (2000, 2, 1, 4001, 'r1', '{"exec":"/srv/a.js","args":[],"settingsRevision":1}'),
                        (3000, 2, 2, 4002, 'r1', '{"exec":"/srv/a.js","args":[],"settingsRevision":1}'),
                        (4000, 7, 1, 4001, NULL, '{"code":1,"signal":null,"reason":"exited"}'),
                        (4001, 6, 1, 4001, NULL, '{"exitedAfterDisconnect":false}');
                    INSERT INTO workers (id, pid, state, connected, dead, exited_after_disconnect, exit_code, exec, args,
                        settings_revision, listening, forked_ms, disconnected_ms, exited_ms) VALUES
                        (1, 4001, 'disconnected', 0, 1, 0, 1, '/srv/a.js', '[]', 1, '[]', 2000, 4001, 4000),
                        (2, 4002, 'none', 1, 0, NULL, NULL, '/srv/a.js', '[]', 1, '[]', 3000, NULL, NULL);
                    """)
            for name in versions where name <= version {
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [name])
            }
        }
    }
}
