// SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import Shared
import TestSupport
import Testing

@testable import History

/// The verification finds what is wrong and says which.
struct VerifyTests {
    @Test func `a sound history has no problems`() throws {
        let finding = try Samples.filledHistory().verify()
        #expect(finding == HistoryFinding(events: 50, seqs: 1...50, workers: 10, problems: []))
    }

    @Test func `an empty history has no problems`() throws {
        let finding = try History.inMemory().verify()
        #expect(finding == HistoryFinding(events: 0, seqs: nil, workers: 0, problems: []))
    }

    @Test(arguments: [
        ("DELETE FROM events WHERE seq IN (7, 8)", "2 of the seqs 1 to 50 are missing"),
        ("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'events'", "event 50 is beyond the last seq that was given"),
        ("UPDATE sqlite_sequence SET seq = 3 WHERE name = 'workers'", "worker 10 is beyond the last id that was given"),
        ("UPDATE time_spans SET newest_ms = 98000", "the time of event 50 is not in the index by time"),
        ("UPDATE events SET worker_id = 3 WHERE seq = 50", "worker 3 has 2 events exit"),
    ])
    func `damage is named`(sql: String, problem: String) throws {
        let history = try Samples.filledHistory()
        try history.database.write { try $0.execute(sql: sql) }
        #expect(try history.verify().problems == [problem])
    }

    @Test func `an error that SQLite finds is named`() async throws {
        try await withTemporaryDirectory { directory in
            let history = try History.open(path: directory.historyPath)
            _ = try history.append((1...500).map { (id: Int) in Samples.entry(.fork, worker: id, request: "r\(id)") })
            try history.close()
            let file = try FileHandle(forUpdating: URL(filePath: directory.historyPath))
            let pages = try Int(file.seekToEnd()) / 4096
            for page in (pages / 2)..<pages {
                try file.seek(toOffset: UInt64(page * 4096))
                try file.write(contentsOf: Data(repeating: 0xEE, count: 4096))
            }
            try file.close()
            let damaged = try History.reading(path: directory.historyPath)
            let problems = try damaged.verify().problems
            #expect(!problems.isEmpty)
            // Its reader must learn what to do, and not to do this again.
            #expect(!problems.joined().contains("history verify"))
            try damaged.close()
        }
    }
}
