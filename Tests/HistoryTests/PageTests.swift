// SPDX-License-Identifier: Apache-2.0

import GRDB
import Shared
import Testing

@testable import History

/// A page is bounded in events and in bytes, and one bad row hides none of the others.
struct PageTests {
    private static func message(_ bytes: Int) -> HistoryEntry {
        Samples.entry(.message, data: .text(Array(#"{"message":"\#(String(repeating: "x", count: bytes))"}"#.utf8)))
    }

    @Test func `a page ends before it is too large`() throws {
        let history = try History.inMemory()
        for _ in 0..<10 { _ = try history.append([Self.message(1 << 20)]) }
        for types in [[], [.message], [.message, .exit]] as [Set<EventType>] {
            var query = EventQuery(types: types, limit: 1000)
            var seqs: [[Int64]] = []
            while true {
                let page = try history.page(query)
                seqs.append(page.events.compactMap(\.seq))
                guard page.hasMore else { break }
                query.afterSeq = page.events.last?.seq
            }
            #expect(seqs == [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10]])
        }
    }

    @Test func `an event that is too large stands alone`() throws {
        let history = try History.inMemory()
        for size in [10, 6 << 20, 10] { _ = try history.append([Self.message(size)]) }
        #expect(try history.page(EventQuery(limit: 9)).events.compactMap(\.seq) == [1])
        let second = try history.page(EventQuery(afterSeq: 1, limit: 9))
        #expect(second.events.compactMap(\.seq) == [2] && second.hasMore)
        let last = try history.page(EventQuery(afterSeq: 2, limit: 9))
        #expect(last.events.compactMap(\.seq) == [3] && !last.hasMore)
    }

    @Test func `a page that is just full tells whether there is more`() throws {
        let history = try Samples.filledHistory()
        #expect(try history.page(EventQuery(limit: 50)).hasMore == false)
        #expect(try history.page(EventQuery(limit: 49)).hasMore)
        #expect(try history.page(EventQuery(order: .descending, limit: 49)).hasMore)
        #expect(try history.page(WorkerQuery(limit: 10)).next == nil)
        #expect(try history.page(WorkerQuery(limit: 9)).next?.rawValue == 9)
    }

    @Test func `a page of workers is bounded in bytes`() throws {
        let history = try History.inMemory()
        for id in 1...10 {
            _ = try history.append([
                HistoryEntry(
                    event: Samples.entry(.fork, worker: id).event,
                    worker: Samples.worker(id) { $0.args = [String(repeating: "x", count: 1 << 20)] })
            ])
        }
        let page = try history.page(WorkerQuery(limit: 100))
        #expect(page.workers.count == 4 && page.next?.rawValue == 4)
    }

    @Test func `an event of an unknown type does not hide the others`() throws {
        let history = try Samples.filledHistory()
        try history.database.write { db in
            try db.execute(sql: "INSERT INTO event_types VALUES (99, 'tomorrow')")
            try db.execute(sql: "UPDATE events SET type = 99 WHERE seq = 7")
        }
        let events = try history.events(EventQuery(limit: 100))
        #expect(events.compactMap(\.seq) == Array(1...50))
        #expect(events[6].type == .gap && events[6].data["lost"] == 1)
    }

    @Test(arguments: ["[1]", "no JSON", #"{"message":1"#, "", "{\"message\":\n1}"])
    func `a message that is not JSON does not hide the others`(text: String) throws {
        let history = try History.inMemory()
        _ = try history.append([Self.message(1), Self.message(1), Self.message(1)])
        try history.database.write { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = 1")
            try db.execute(sql: "UPDATE events SET data = ? WHERE seq = 2", arguments: [text])
        }
        let events = try history.events(EventQuery(limit: 100))
        #expect(events.map(\.type) == [.message, .gap, .message])
        let isJSON = text.hasPrefix("{\"message\":\n")
        #expect(try history.verify().problems == (isJSON ? [] : ["event 2 holds no JSON object"]))
    }

    @Test func `a message that is too deep is shown as text`() throws {
        let history = try History.inMemory()
        _ = try history.append([Self.message(1)])
        let deep = String(repeating: "[", count: 1500) + String(repeating: "]", count: 1500)
        try history.database.write { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = 1")
            try db.execute(sql: "UPDATE events SET data = ?", arguments: [#"{"message":\#(deep)}"#])
        }
        #expect(try history.events(EventQuery()).map(\.data) == [["messageText": .string(deep)]])
    }

    @Test func `a summary that cannot be read does not hide the others`() throws {
        let history = try Samples.filledHistory()
        try history.database.write { db in
            try db.execute(sql: "PRAGMA ignore_check_constraints = 1")
            try db.execute(sql: "UPDATE workers SET args = 'x' WHERE id = 3")
        }
        #expect(try history.workers(WorkerQuery(limit: 100)).map(\.id.rawValue) == [1, 2, 4, 5, 6, 7, 8, 9, 10])
        #expect(try history.page(WorkerQuery(limit: 3)).next?.rawValue == 3)
        #expect(try history.verify().problems.contains("worker 3 cannot be read"))
    }
}
