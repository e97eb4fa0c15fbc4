// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import Fleet

/// Pages and watches of the central history, with a real server.
@Suite(.timeLimit(.minutes(2)))
struct ReadingTests {
    /// Three agents, each with 40 events of four types, a second apart.
    private func withFleet(_ body: (PostgresServer, FleetReader) async throws -> Void) async throws {
        try await PostgresServer.with { server in
            let types: [EventType] = [.fork, .online, .listening, .exit]
            for (index, name) in ["a", "b", "c"].enumerated() {
                try await LinkFixture.with(server.url(), name) { fixture in
                    for number in 0..<40 {
                        await fixture.history.append(
                            Event(
                                time: Timestamp(milliseconds: 1_750_000_000_000 + Int64(number) * 1000),
                                type: types[number % 4], workerId: WorkerID(rawValue: 1 + number / 4),
                                requestId: number % 4 == 0 ? "r\(index)" : nil))
                    }
                    await fixture.forward(0)
                }
            }
            let reader = FleetReader(try PostgresAddress(url: server.url()))
            defer { reader.close() }
            try await body(server, reader)
        }
    }

    private func all(_ query: FleetEventQuery, _ reader: FleetReader) async throws -> [FleetEvent] {
        var (query, events) = (query, [FleetEvent]())
        while true {
            let page = try await reader.page(query)
            events += page.events
            guard let next = page.next else { return events }
            query.position = next
        }
    }

    @Test func `pages follow each other by time agent and seq without gap or repeat`() async throws {
        try await withFleet { _, reader in
            var query = FleetEventQuery()
            query.limit = 7
            let forwards = try await all(query, reader)
            #expect(forwards.count == 120 && Set(forwards).count == 120)
            #expect(forwards.prefix(4).map(\.agent) == ["a", "b", "c", "a"])
            query.isDescending = true
            #expect(try await all(query, reader) == forwards.reversed())
        }
    }

    @Test func `pages lead over many days and find events with wrong clocks`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "a") { fixture in
                let day: Int64 = 86_400_000
                let today = Timestamp.now.milliseconds
                let times = (0..<60).map { today - $0 * day * 2 / 3 } + [0, -day, today + 30 * day, today + 9000 * day]
                for time in times {
                    await fixture.history.append(Event(time: Timestamp(milliseconds: time), type: .online))
                }
                await fixture.forward(0)
                let reader = FleetReader(try PostgresAddress(url: server.url()))
                defer { reader.close() }
                var query = FleetEventQuery()
                query.limit = 7
                let forwards = try await all(query, reader)
                #expect(forwards.map(\.event.time.milliseconds) == times.sorted())
                query.isDescending = true
                #expect(try await all(query, reader) == forwards.reversed())
                query.since = Timestamp(milliseconds: today - 20 * day)
                query.until = Timestamp(milliseconds: today - 10 * day)
                let some = forwards.filter { event in
                    query.since.map { event.event.time >= $0 } == true
                        && query.until.map { event.event.time < $0 } == true
                }
                #expect(try await all(query, reader) == some.reversed() && some.count == 15)
            }
        }
    }

    @Test func `each filter gives what it says alone and with others`() async throws {
        try await withFleet { _, reader in
            let everything = try await all(FleetEventQuery(), reader)
            var checked = 0
            for types: Set<EventType> in [[], [.exit], [.fork, .online]] {
                for agents: Set<String> in [[], ["b"], ["a", "c"], ["nobody"]] {
                    for worker in [nil, WorkerID(rawValue: 3)] {
                        for request in [nil, "r1"] {
                            for window in [nil, 1_750_000_010_000 as Int64] {
                                var query = FleetEventQuery()
                                (query.types, query.agents, query.workerID) = (types, agents, worker)
                                (query.requestID, query.limit) = (request, 5)
                                query.since = window.map(Timestamp.init(milliseconds:))
                                query.until = window.map { Timestamp(milliseconds: $0 + 15_000) }
                                let expected = everything.filter { item in
                                    (types.isEmpty || types.contains(item.event.type))
                                        && (agents.isEmpty || agents.contains(item.agent))
                                        && (worker == nil || item.event.workerId == worker)
                                        && (request == nil || item.event.requestId == request)
                                        && query.since.map { item.event.time >= $0 } ?? true
                                        && query.until.map { item.event.time < $0 } ?? true
                                }
                                #expect(try await all(query, reader) == expected, "\(query)")
                                checked += expected.count
                            }
                        }
                    }
                }
            }
            // The filters find something at all.
            #expect(checked > 500)
        }
    }

    @Test func `groups name their agents`() async throws {
        try await withFleet { server, reader in
            try await server.sql("UPDATE fleet.agents SET groups = '{web,eu}' WHERE name = 'b'")
            var query = FleetEventQuery()
            query.groups = ["web", "none"]
            #expect(Set(try await all(query, reader).map(\.agent)) == ["b"])
        }
    }

    @Test func `workers of all agents come page by page`() async throws {
        try await withFleet { _, reader in
            var query = FleetWorkerQuery()
            (query.limit, query.includesGone) = (7, true)
            var found: [String] = []
            while true {
                let page = try await reader.workers(query)
                found += page.workers.map { $0.agent }
                guard let next = page.next else { break }
                query.after = next
            }
            #expect(found == (["a", "b", "c"].flatMap { Array(repeating: $0, count: 10) }))
            query = FleetWorkerQuery()
            query.agents = ["b"]
            query.limit = 1
            let text = try #require(try await reader.workers(query).workers.first)
            let json = try EventData.text(text.json()).value
            #expect(json.map { if case .object(let fields) = $0 { fields["agent"] == "b" } else { false } } == true)
        }
    }

    @Test func `a watch shows each event once whoever writes meanwhile`() async throws {
        try await PostgresServer.with { server in
            let reader = FleetReader(try PostgresAddress(url: server.url()))
            defer { reader.close() }
            let feed = FleetEventFeed(
                reader: reader, after: try await reader.latestCursor(), filter: .init(), heartbeat: .seconds(60),
                interval: .milliseconds(20))
            async let writing: Void = withThrowingTaskGroup { group in
                for name in ["a", "b", "c", "d"] {
                    group.addTask {
                        try await LinkFixture.with(server.url(), name) { fixture in
                            for _ in 0..<20 { await fixture.forward(10) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            var seen: [FleetEvent] = []
            for try await case .events(let events) in feed {
                seen += events
                if seen.count >= 800 { break }
            }
            try await writing
            #expect(seen.count == 800)
            for name in ["a", "b", "c", "d"] {
                #expect(seen.filter { $0.agent == name }.map(\.event.seq) == (1...200).map { $0 })
            }
            // It goes on behind any of them.
            let cursor = try #require(seen[399].cursor.flatMap(FleetCursor.init))
            #expect(try await reader.watched(after: cursor, limit: 1000).events == Array(seen[400...]))
        }
    }

    @Test func `a watch waits for a transaction that is open and skips none of its events`() async throws {
        try await withFleet { server, reader in
            let start = try await reader.latestCursor()
            // It has a number and has not committed.
            let open = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            defer { open.close() }
            try await open.perform { session throws(PostgresError) in
                try session.runScript(
                    "BEGIN; INSERT INTO fleet.events (time, agent, seq, type, data) VALUES (now(), 1, 1000, 'exit', '{}')"
                )
            }
            try await server.sql(
                "INSERT INTO fleet.events (time, agent, seq, type, data) VALUES (now(), 2, 1000, 'exit', '{}')")
            #expect(try await reader.watched(after: start, limit: 10).events.isEmpty)
            try await open.perform { session throws(PostgresError) in try session.runScript("COMMIT") }
            let seen = try await reader.watched(after: start, limit: 10).events
            #expect(seen.map(\.agent) == ["a", "b"])
        }
    }

    @Test func `what nobody of us has written stops no reader`() async throws {
        try await withFleet { server, reader in
            try await server.sql(
                """
                INSERT INTO fleet.events (time, agent, seq, type, data) VALUES
                    ('2026-01-01Z', 1, 901, 'exit', '5'), ('2026-01-01Z', 1, 902, 'exit', '[1]'),
                    ('2026-01-01Z', 1, 903, 'exit', E' {\n"code":\t1}\n'), ('2026-01-01Z', 99, 904, 'dance', '{}'),
                    ('2026-01-01Z', 1, 905, 'exit', ('{"a":"' || repeat('x', 34000000) || '"}')::json),
                    ('2026-01-01Z', 1, 906, 'exit', '{}');
                INSERT INTO fleet.workers (agent, id, state, exec, settings_revision, forked_at, info) VALUES
                    (1, 901, 'online', 'a', 1, now(), '{}'), (1, 902, 'online', 'a', 1, now(), '5'),
                    (1, 903, 'online', 'a', 1, now(), E'\n{"id":903}')
                """)
            var query = FleetEventQuery()
            query.since = Timestamp(milliseconds: 1_767_000_000_000)
            query.limit = 2
            let found = try await all(query, reader)
            #expect(found.map(\.event.type) == [.gap, .gap, .exit, .gap, .exit, .gap])
            #expect(found.map(\.event.seq) == [901, 902, 903, 905, 906, 904] && found.last?.agent == "#99")
            for event in found { #expect(try !event.json().contains { $0 < 0x20 }) }
            var workers = FleetWorkerQuery()
            workers.after = FleetWorkerPosition(agent: 1, id: 900)
            let texts = try await reader.workers(workers).workers.filter { $0.agent == "a" }.map { try $0.json() }
            #expect(texts.map { String(decoding: $0, as: UTF8.self) } == [#"{"agent":"a","id":903}"#])
            for time in ["infinity", "10000-01-01Z", "0001-01-01Z BC"] {
                await #expect(throws: PostgresServer.Failure.self) {
                    try await server.sql(
                        "INSERT INTO fleet.events (time, agent, seq, type, data) VALUES ('\(time)', 1, 7, 'exit', '{}')"
                    )
                }
            }
        }
    }

    @Test func `an agent's row of any size is listed with the beginnings of its texts`() async throws {
        try await withFleet { server, reader in
            try await server.sql(
                """
                UPDATE fleet.agents SET hostname = repeat('x', 1000000), phase = repeat('y', 1000000),
                    groups = array_fill(repeat('g', 1000), ARRAY[1000]), endpoints = '{}'
                WHERE name = 'a'
                """)
            let agent = try #require(try await reader.agents().first { $0.name == "a" })
            #expect(agent.hostname.count == 300 && agent.phase?.count == 300)
            #expect(agent.groups == Array(repeating: String(repeating: "g", count: 300), count: 100))
            #expect(agent.endpoints.isEmpty)
        }
    }

    @Test func `large events come a few at a time`() async throws {
        try await withFleet { server, reader in
            // They do not get smaller when they are compressed.
            try await server.sql(
                """
                INSERT INTO fleet.events (time, agent, seq, type, data)
                SELECT '2026-01-01Z', 1, 1000 + n, 'message', ('{"a":"' || (
                    SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 32768 + n)) || '"}')::json
                FROM generate_series(1, 12) n
                """)
            var query = FleetEventQuery()
            query.types = [.message]
            #expect(try await reader.page(query).events.count < 6)
            #expect(try await all(query, reader).compactMap(\.event.seq) == (1001...1012).map { $0 })
            var (cursor, seen) = (FleetCursor.earliest, [Int64]())
            while true {
                let page = try await reader.watched(after: cursor, limit: 1000)
                (cursor, seen) = (page.cursor, seen + page.events.compactMap(\.event.seq).filter { $0 > 1000 })
                guard page.hasMore else { break }
            }
            #expect(seen == (1001...1012).map { $0 })
        }
    }

    @Test func `workers are found by state`() async throws {
        try await withFleet { server, reader in
            try await server.sql("UPDATE fleet.workers SET state = 'dead' WHERE id % 2 = 0")
            var query = FleetWorkerQuery()
            (query.limit, query.groups) = (1000, ["eu"])
            #expect(try await reader.workers(query).workers.count == 15)
            query.states = [.dead]
            #expect(try await reader.workers(query).workers.isEmpty)
            query.includesGone = true
            #expect(try await reader.workers(query).workers.count == 15)
            query.groups = ["nobody"]
            #expect(try await reader.workers(query).workers.isEmpty)
        }
    }

    @Test func `a watch says where it stands before the first event`() async throws {
        try await withFleet { _, reader in
            let start = try await reader.latestCursor()
            let feed = FleetEventFeed(
                reader: reader, after: start, filter: .init(), heartbeat: .seconds(60), interval: .milliseconds(20))
            var elements = feed.makeAsyncIterator()
            guard case .place(let place)? = try await elements.next() else {
                Issue.record("no place")
                return
            }
            #expect(FleetCursor(place.text) == place && place.transaction == start.transaction)
        }
    }

    @Test func `a watch of a group passes the events of others`() async throws {
        try await withFleet { server, reader in
            try await server.sql("UPDATE fleet.agents SET groups = '{web,db}' WHERE name = 'b'")
            let (all, limit) = (120, 50)
            var (cursor, seen, looked) = (FleetCursor.earliest, [FleetEvent](), 0)
            while looked < all {
                let page = try await reader.watched(after: cursor, groups: ["web", "none"], limit: limit)
                #expect(page.hasMore == (looked + limit < all))
                (cursor, seen) = (page.cursor, seen + page.events)
                looked += limit
            }
            #expect(seen.map(\.agent) == Array(repeating: "b", count: 40))
            #expect(try await reader.watched(after: cursor, groups: ["web"], limit: limit).cursor == cursor)
        }
    }

    @Test func `a watcher is told if events after its cursor are gone`() async throws {
        try await withFleet { server, reader in
            let old = try #require(try await reader.watched(after: .earliest, limit: 1).events.first?.cursor)
            let cursor = try #require(FleetCursor(old))
            // That events were removed says nothing: they may be older than the cursor.
            try await server.sql("SELECT fleet.drop_before(current_date)")
            try await reader.check(cursor)
            try await server.sql("SELECT fleet.drop_before(current_date + 1)")
            let error = await #expect(throws: ClusterError.self) { try await reader.check(cursor) }
            #expect(error?.reason == .seqExpired)
            try await server.sql("UPDATE fleet.facts SET value = '1970-01-01' WHERE key = 'droppedBefore'")
            let origin = try #require(cursor.origin)
            let elsewhere = FleetCursor(
                transaction: cursor.transaction, agent: cursor.agent, seq: cursor.seq,
                origin: FleetCursor.Origin(server: origin.server + 1, day: origin.day))
            let moved = await #expect(throws: ClusterError.self) { try await reader.check(elsewhere) }
            #expect(moved?.reason == .seqExpired && moved?.message.contains("another server") == true)
            try await reader.check(.earliest)
            try await reader.check(try await reader.latestCursor())
        }
    }

    @Test func `a cursor is only what this program makes`() {
        let cursor = FleetCursor(
            transaction: .max, agent: 7, seq: .max, origin: FleetCursor.Origin(server: 1 << 31, day: 20_000))
        #expect(FleetCursor(cursor.text) == cursor)
        let odd = [
            "", "1", "1-2", "1-2-3", "1-2-3-4", "1-2-3-4-5-6", "-1-2-3-4", "01-2-3-4-5", "a-b-c-d-e", "1--3-4-5",
        ]
        for text in odd + ["1-99999999999-3-4-5", "1-2-3-99999999999-5"] {
            #expect(FleetCursor(text) == nil, "\(text)")
        }
    }
}
