// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@testable import History

struct WorkerQueryTests {
    /// Workers 1 to 10: the odd ones dead, 2 and 6 and 10 listening, 4 and 8 online.
    private func history() throws -> History {
        let history = try History.inMemory()
        _ = try history.append(
            (1...10).reversed().map { number in
                let state: WorkerState = number % 2 == 1 ? .dead : number % 4 == 2 ? .listening : .online
                return HistoryEntry(
                    event: Samples.entry(worker: number).event, worker: Samples.worker(number) { $0.state = state })
            })
        return history
    }

    @Test func `all workers come by id`() throws {
        #expect(try history().workers(WorkerQuery()).map(\.id.rawValue) == Array(1...10))
    }

    @Test func `one state gives its workers by id`() throws {
        let workers = try history().workers(WorkerQuery(states: [.dead]))
        #expect(workers.map(\.id.rawValue) == [1, 3, 5, 7, 9])
    }

    @Test func `several states are merged by id`() throws {
        let workers = try history().workers(WorkerQuery(states: [.online, .listening, .none]))
        #expect(workers.map(\.id.rawValue) == [2, 4, 6, 8, 10])
    }

    @Test(arguments: [[], [.dead], [.online, .listening], Set(WorkerState.allCases)] as [Set<WorkerState>])
    func `pages join without gap or repeat`(states: Set<WorkerState>) throws {
        let history = try history()
        let expected = try history.workers(WorkerQuery(states: states))
        var query = WorkerQuery(states: states, limit: 2)
        var pages: [WorkerInfo] = []
        while case let page = try history.workers(query), !page.isEmpty {
            #expect(page.count <= 2)
            pages += page
            query.after = page.last?.id
        }
        #expect(pages == expected)
        #expect(!pages.isEmpty)
    }

    @Test func `a senseless limit gives nothing`() throws {
        #expect(try history().workers(WorkerQuery(limit: 0)) == [])
        #expect(try history().workers(WorkerQuery(limit: -1)) == [])
    }
}
