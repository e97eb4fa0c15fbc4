// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared
import Testing

@testable import History

/// Each filter, in both orders, gives what filtering all events by hand gives, and does so from an index.
struct EventQueryTests {
    /// Every combination that the contract's `GET /v1/events` allows, with few values each.
    static let queries: [EventQuery] = {
        var queries: [EventQuery] = []
        for types in [[], [.exit], [.fork, .exit], Set(EventType.allCases)] as [Set<EventType>] {
            for worker in [nil, 3] {
                for request in [nil, "r1"] {
                    for (since, until) in [(nil, nil), (20_000, nil), (nil, 60_000), (20_001, 60_001)]
                        as [(Int64?, Int64?)]
                    {
                        for (after, before) in [(nil, nil), (7, 43)] as [(Int64?, Int64?)] {
                            queries.append(
                                EventQuery(
                                    types: types, workerID: worker.flatMap(WorkerID.init(rawValue:)),
                                    requestID: request,
                                    since: since.map(Timestamp.init(milliseconds:)),
                                    until: until.map(Timestamp.init(milliseconds:)), afterSeq: after, beforeSeq: before)
                            )
                        }
                    }
                }
            }
        }
        return queries
    }()

    private func matches(_ event: Event, _ query: EventQuery) -> Bool {
        if !query.types.isEmpty && !query.types.contains(event.type) { return false }
        if let workerID = query.workerID, event.workerId != workerID { return false }
        if let requestID = query.requestID, event.requestId != requestID { return false }
        if let since = query.since, event.time < since { return false }
        if let until = query.until, event.time >= until { return false }
        if let after = query.afterSeq, event.seq! <= after { return false }
        if let before = query.beforeSeq, event.seq! >= before { return false }
        return true
    }

    @Test func `filters give what they name in both orders`() throws {
        let history = try Samples.filledHistory()
        let all = try history.events(EventQuery(limit: 1000))
        #expect(all.count == 50)
        var found = 0
        for var query in Self.queries {
            query.limit = 1000
            let expected = all.filter { matches($0, query) }
            found += expected.count
            #expect(try history.events(query) == expected, "\(query)")
            query.order = .descending
            #expect(try history.events(query) == expected.reversed(), "\(query)")
        }
        #expect(found > 500)
    }

    @Test func `pages join without gap or repeat`() throws {
        let history = try Samples.filledHistory()
        for var query in Self.queries {
            query.limit = 1000
            let expected = try history.events(query)
            query.limit = 3
            var pages: [Event] = []
            while true {
                let page = try history.events(query)
                pages += page
                #expect(page.count <= 3)
                guard page.count == 3 else { break }
                query.afterSeq = page.last?.seq
            }
            #expect(pages == expected, "\(query)")
        }
    }

    @Test func `descending pages go on before the last`() throws {
        let history = try Samples.filledHistory()
        var query = EventQuery(types: [.exit, .fork], order: .descending, limit: 6)
        let first = try history.events(query)
        query.beforeSeq = first.last?.seq
        let second = try history.events(query)
        #expect(first.compactMap(\.seq) == [50, 46, 45, 41, 40, 36])
        #expect(second.compactMap(\.seq) == [35, 31, 30, 26, 25, 21])
    }

    @Test(arguments: [0, -1, Int.min]) func `a senseless limit gives nothing`(limit: Int) throws {
        #expect(try Samples.filledHistory().events(EventQuery(limit: limit)) == [])
    }

    @Test func `extreme bounds do no harm`() throws {
        let history = try Samples.filledHistory()
        for extreme in [Int64.min, .max] {
            let time = Timestamp(milliseconds: extreme)
            #expect(try history.events(EventQuery(since: time, limit: 1000)).count == (extreme < 0 ? 50 : 0))
            #expect(try history.events(EventQuery(until: time, limit: 1000)).count == (extreme < 0 ? 0 : 50))
            #expect(try history.events(EventQuery(afterSeq: extreme, limit: 1000)).count == (extreme < 0 ? 50 : 0))
            #expect(try history.events(EventQuery(beforeSeq: extreme, limit: 1000)).count == (extreme < 0 ? 0 : 50))
        }
        #expect(try history.events(EventQuery(limit: .max)).count == 50)
    }

    @Test func `a request id is never read as SQL`() throws {
        let history = try Samples.filledHistory()
        #expect(try history.events(EventQuery(requestID: "' OR 1=1 --")) == [])
    }

    @Test func `times are found even if the clock was set back`() throws {
        let history = try History.inMemory()
        // Three thousand events over several spans, the clock an hour back in the midst of them.
        let entries = (0..<3000).map { number in
            Samples.entry(at: Int64(number * 1000 - (number >= 1500 ? 3_600_000 : 0)))
        }
        _ = try history.append(entries)
        let all = try history.events(EventQuery(limit: 5000))
        for (since, until) in [(1_400_000, 1_500_000), (-2_000_000, -1_990_000), (-5_000_000, 9_000_000)]
            as [(Int64, Int64)]
        {
            let query = EventQuery(
                since: Timestamp(milliseconds: since), until: Timestamp(milliseconds: until), limit: 5000)
            let expected = all.filter { matches($0, query) }
            #expect(try history.events(query) == expected)
            #expect(!expected.isEmpty)
        }
    }

    @Test func `every filter is answered by an index without sorting`() throws {
        let history = try Samples.filledHistory()
        for var query in Self.queries where query != EventQuery() {
            for order in [EventQuery.Order.ascending, .descending] {
                query.order = order
                let types = try history.eventTypes
                let selection = try #require(EventSelection(query, types: types))
                let plan = try history.read { db in
                    try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + selection.sql, arguments: selection.arguments)
                        .map { $0["detail"] as String }
                }
                let eventSteps = plan.filter { $0.contains(" events") }
                #expect(!eventSteps.isEmpty)
                #expect(
                    eventSteps.allSatisfy { $0.hasPrefix("SEARCH") && $0.contains("USING") }, "\(plan) \(selection.sql)"
                )
                #expect(!plan.contains { $0.contains("TEMP B-TREE") && query.types.count < 2 }, "\(plan)")
            }
        }
    }
}
