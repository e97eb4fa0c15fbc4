// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Shared
import Synchronization
import Testing

@testable import Agent

/// Numbers are reserved before they are given.
@Suite(.timeLimit(.minutes(1)))
struct NumberReserveTests {
    private final class Told: Sendable {
        let numbers = Mutex<[NumberReservation]>([])
    }

    private func reserve(_ history: History, _ told: Told) -> NumberReserve {
        NumberReserve(history: history, first: FirstNumbers(history, logger: .silent), logger: .silent) { numbers in
            told.numbers.withLock { $0.append(numbers) }
        }
    }

    @Test func `a first block is reserved at the start`() throws {
        let history = try History.inMemory()
        let first = FirstNumbers(history, logger: .silent)
        #expect(first.workerID == .first && first.revision == 1)
        #expect(first.reserved == NumberReservation(workerID: WorkerID(rawValue: 100)!, revision: 100))
        #expect(try history.nextWorkerID.rawValue == 101 && history.lastSettingsRevision == 100)
        #expect(FirstNumbers(history, logger: .silent).workerID.rawValue == 101)
    }

    @Test func `more numbers are reserved before they are given`() async throws {
        let history = try History.inMemory()
        let told = Told()
        let numbers = reserve(history, told)
        await numbers.require(workers: 90)
        #expect(told.numbers.withLock { $0 } == [])
        await numbers.require(workers: 1000)
        let last = try #require(told.numbers.withLock { $0 }.last)
        #expect(last.workerID.rawValue >= 1090)
        #expect(try history.nextWorkerID == last.workerID.next)
        await numbers.require(revisions: 200)
        #expect(try history.lastSettingsRevision >= 201)
    }

    @Test func `numbers begin with the microseconds if the history cannot keep them`() throws {
        let history = try History.inMemory()
        try history.close()
        let before = WorkerID.microsecondsSince1970(at: .now)
        let first = FirstNumbers(history, logger: .silent)
        #expect(first.workerID >= before && first.reserved == nil && first.revision >= before.rawValue)
        #expect(first.workerID.rawValue < 1 << 53, "JavaScript's numbers are exact up to there")
    }
}
