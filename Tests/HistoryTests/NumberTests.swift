// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared
import TestSupport
import Testing

@testable import History

/// No run gives a number that another may have given.
struct NumberTests {
    @Test func `the next run begins after the reserved numbers`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try History.open(path: directory.historyPath)
            #expect(try first.nextWorkerID == .first && first.lastSettingsRevision == 0)
            try first.reserve(workers: WorkerID(rawValue: 100)!, settings: 20)
            // A smaller reservation takes nothing back.
            try first.reserve(workers: WorkerID(rawValue: 50)!, settings: 10)
            try first.close()
            let second = try History.open(path: directory.historyPath)
            #expect(try second.nextWorkerID.rawValue == 101 && second.lastSettingsRevision == 20)
            try second.close()
        }
    }

    @Test func `unused numbers are given back`() throws {
        let history = try History.inMemory()
        try history.reserve(workers: WorkerID(rawValue: 100)!, settings: 20)
        _ = try history.append([Samples.entry(.fork, worker: 4)])
        try history.releaseNumbers(settings: 5)
        #expect(try history.nextWorkerID.rawValue == 5 && history.lastSettingsRevision == 5)
    }

    @Test func `a reservation outlives pruning`() async throws {
        let history = try History.inMemory()
        _ = try history.append([Samples.entry(.fork, worker: 4)])
        try history.releaseNumbers(settings: 7)
        try await history.database.write { try $0.execute(sql: "DELETE FROM events; DELETE FROM workers") }
        #expect(try history.nextWorkerID.rawValue == 5 && history.lastSettingsRevision == 7)
    }

    @Test func `a program's own id is stored`() throws {
        let history = try History.inMemory()
        var entry = Samples.entry(.fork, worker: 41)
        entry.worker?.nodeId = .first
        _ = try history.append([entry])
        #expect(try history.worker(WorkerID(rawValue: 41)!)?.nodeId == .first)
        try history.database.write { try $0.execute(sql: "UPDATE workers SET node_id = NULL") }
        #expect(try history.worker(WorkerID(rawValue: 41)!)?.nodeId.rawValue == 41, "as it was before")
    }
}
