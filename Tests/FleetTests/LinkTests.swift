// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@testable import Fleet

/// An agent in its fleet, with a real server.
@Suite(.timeLimit(.minutes(2)))
struct LinkTests {
    @Test func `events and workers arrive with their own times and in their own words`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.history.append(
                    Event(
                        time: Timestamp(milliseconds: 1_750_000_000_123), type: .message,
                        workerId: WorkerID(rawValue: 7),
                        pid: 12, requestId: "r1", data: .text(Array(#"{"message":"\u0000\ud800"}"#.utf8))))
                await fixture.forward(1500)
                let row = try await server.sql(
                    """
                    SELECT a.name, seq, extract(epoch FROM time) * 1000, type, worker_id, pid, request_id, data
                    FROM fleet.events JOIN fleet.agents a ON a.number = agent ORDER BY seq LIMIT 1
                    """)
                #expect(row == #"web-1|1|1750000000123.000000|message|7|12|r1|{"message":"\u0000\ud800"}"#)
                #expect(try await server.sql("SELECT count(*), max(seq) FROM fleet.events") == "1501|1501")
                #expect(try await server.sql("SELECT count(*) FROM fleet.workers") == "6")
                #expect(try await server.sql("SELECT forwarded_seq FROM fleet.agents") == "1501")
                #expect(fixture.link.status.waiting == 0 && fixture.link.status.isConnected)
            }
        }
    }

    @Test func `the registry shows who lives who stopped and who is lost`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.connected()
                await fixture.forward(1)
                let reader = FleetReader(try PostgresAddress(url: server.url()))
                defer { reader.close() }
                let agent = try #require(try await reader.agents().first)
                #expect(agent.name == "web-1" && agent.state == .live && agent.groups == ["eu"])
                #expect(agent.endpoints == ["https://web-1:7420"] && agent.desired == 2 && agent.ready == 1)

                let error = await #expect(throws: ClusterError.self) { try await reader.forget("web-1") }
                #expect(error?.reason == .fleetAgentLive)

                await fixture.finish()
                #expect(try await reader.agents().first?.state == .stopped)
                try await server.sql(
                    "UPDATE fleet.agents SET stopped_at = NULL, last_seen = now() - interval '31 s'")
                #expect(try await reader.agents().first?.state == .lost)
                try await reader.forget("web-1")
                #expect(try await reader.agents().isEmpty)
                let unknown = await #expect(throws: ClusterError.self) { try await reader.forget("web-1") }
                #expect(unknown?.reason == .fleetAgentNotFound)
            }
        }
    }

    @Test func `a change is reported before the next report is due`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.connected()
                await fixture.forward(1)
                fixture.report.set(FleetReport(desired: 3, ready: 3, phase: "stable"))
                let row = "SELECT desired, ready, phase FROM fleet.agents"
                while try await server.sql(row) != "3|3|stable" { await fixture.forward(1) }
            }
        }
    }

    @Test func `a name belongs to one living agent and passes on when that is gone`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { first in
                await first.connected()
                try await LinkFixture.with(server.url(), "web-1", host: "host2") { second in
                    #expect(await second.trouble()?.message.contains("host1") == true)
                    await first.finish()
                    await second.connected()
                }
            }
            #expect(try await server.sql("SELECT count(*) FROM fleet.agents WHERE forgotten_at IS NULL") == "1")
        }
    }

    @Test func `a copy of a data directory is refused while the other lives`() async throws {
        try await PostgresServer.with { server in
            let id = UUID()
            try await LinkFixture.with(server.url(), "web-1", id: id) { first in
                await first.connected()
                try await LinkFixture.with(server.url(), "web-2", id: id, host: "host2") { second in
                    #expect(await second.trouble()?.message.contains("copy") == true)
                    second.link.abandon()
                }
            }
        }
    }

    @Test func `an agent that was forgotten goes on where it was`() async throws {
        try await PostgresServer.with { server in
            let id = UUID()
            let history = MemoryHistory(id: id)
            try await LinkFixture.with(server.url(), "web-1", id: id, history: history) { await $0.forward(10) }
            try await server.sql("UPDATE fleet.agents SET forgotten_at = now()")
            try await LinkFixture.with(server.url(), "web-1", id: id, history: history) { await $0.forward(10) }
            #expect(try await server.sql("SELECT count(*), count(DISTINCT agent) FROM fleet.events") == "20|1")
        }
    }

    @Test func `a history that was set back is stored without repeats`() async throws {
        try await PostgresServer.with { server in
            let (id, old) = (UUID(), MemoryHistory(id: UUID()))
            let history = MemoryHistory(id: id)
            try await LinkFixture.with(server.url(), "web-1", id: id, history: history) { await $0.forward(10) }
            for event in await history.events.prefix(5) { await old.append(event) }
            try await server.sql("UPDATE fleet.agents SET id = '\(await old.id())'")
            try await LinkFixture.with(server.url(), "web-1", history: old) { await $0.forward(3) }
            #expect(try await server.sql("SELECT count(*), max(seq) FROM fleet.events") == "13|10")
        }
    }

    @Test func `a history that was set back and has grown since is stored whole`() async throws {
        try await PostgresServer.with { server in
            let id = UUID()
            let history = MemoryHistory(id: id)
            try await LinkFixture.with(server.url(), "web-1", id: id, history: history) { await $0.forward(10) }
            let restored = MemoryHistory(id: id)
            for event in await history.events.prefix(5) { await restored.append(event) }
            // Seqs 6 to 12 are other events than those that were forwarded under 6 to 10.
            await restored.append(7, .exit)
            try await LinkFixture.with(server.url(), "web-1", id: id, history: restored) { await $0.forward(1) }
            let sql = "SELECT count(*), count(*) FILTER (WHERE type = 'exit'), max(seq) FROM fleet.events"
            #expect(try await server.sql(sql) == "18|7|13")
        }
    }

    @Test func `an older run does not take the place of a newer one`() async throws {
        try await PostgresServer.with { server in
            let id = UUID()
            try await LinkFixture.with(server.url(), "web-1", id: id) { first in
                await first.connected()
                try await server.sql("UPDATE fleet.agents SET started_at = now() + interval '1 day'")
                await first.forward(0)
                await first.history.append(1)
                first.link.wake()
                // Its place is taken, and the one who has it is alive.
                #expect(await first.trouble()?.kind == .conflict)
                #expect(await first.trouble()?.message.contains("copy") == true)
                first.link.abandon()
            }
        }
    }

    @Test func `an event that the database refuses becomes a gap`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.forward(3)
                await fixture.history.append(2)
                await fixture.history.append(Event(time: .now, type: .online, data: .text(Array("{".utf8))))
                await fixture.forward(2)
                let rows = try await server.sql("SELECT seq, type FROM fleet.events WHERE seq > 5 ORDER BY seq")
                #expect(rows == "6|gap\n7|online\n8|online")
                #expect(fixture.link.status.gaps == 1)
            }
        }
    }
}
