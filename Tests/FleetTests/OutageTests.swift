// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Shared
import TestSupport
import Testing

@testable import Fleet

/// Whatever happens to the server: no event is lost or doubled.
@Suite(.timeLimit(.minutes(3)))
struct OutageTests {
    private func expectAll(_ count: Int, in server: PostgresServer) async throws {
        let sql = "SELECT count(*), count(DISTINCT seq), max(seq) FROM fleet.events"
        #expect(try await server.sql(sql) == "\(count)|\(count)|\(count)")
    }

    @Test func `a server that crashes and comes back`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.forward(100)
                for _ in 0..<3 {
                    await fixture.history.append(1500)
                    fixture.link.wake()
                    try await server.stop(SIGKILL)
                    await fixture.history.append(1000)
                    fixture.link.wake()
                    #expect(await fixture.trouble() != nil)
                    try await server.start()
                    await fixture.forward(10)
                }
                try await expectAll(100 + 3 * 2510, in: server)
            }
        }
    }

    @Test func `a server that is not there at the start`() async throws {
        try await PostgresServer.with { server in
            try await server.stop(SIGQUIT)
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.history.append(10)
                #expect(await fixture.trouble() != nil)
                #expect(fixture.link.status.trouble != nil && !fixture.link.status.isConnected)
                try await server.start()
                await fixture.forward(10)
                try await expectAll(20, in: server)
            }
        }
    }

    @Test func `a server that hangs for a while`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                for _ in 0..<3 {
                    await fixture.forward(100)
                    try server.stopAll(SIGSTOP)
                    await fixture.history.append(1500)
                    fixture.link.wake()
                    try server.stopAll(SIGCONT)
                }
                await fixture.forward(1)
                try await expectAll(3 * 1600 + 1, in: server)
            }
        }
    }

    @Test func `sessions that are ended again and again`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.forward(1)
                for _ in 0..<5 {
                    await fixture.history.append(2000)
                    fixture.link.wake()
                    try await server.sql(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE application_name = 'cluster-agent'
                        """)
                    await fixture.forward(1000)
                }
                await fixture.forward(1)
                try await expectAll(15_002, in: server)
            }
        }
    }

    @Test func `a server that became a standby is left for the one that writes`() async throws {
        try await PostgresServer.with { reading in
            try await reading.sql("ALTER SYSTEM SET default_transaction_read_only = on")
            try await reading.sql("SELECT pg_reload_conf()")
            try await PostgresServer.with { writing in
                // libpq tries them in this order, and asks each whether it takes writes.
                let hosts = "\(reading.directory.path),\(writing.directory.path)"
                try await LinkFixture.with("postgresql:///postgres?host=\(hosts)&user=postgres", "web-1") { fixture in
                    await fixture.forward(10)
                }
                try await expectAll(10, in: writing)
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root may mount a file system"))
    func `a server whose disk is full`() async throws {
        // Its log has room, so that the server itself goes on.
        try await withTemporaryDirectory { log in
            try await SmallDisk.with(bytes: 64 << 20) { disk in
                try await PostgresServer.with(directory: disk.directory, log: log) { server in
                    try await LinkFixture.with(server.url(), "web-1") { fixture in
                        await fixture.forward(100)
                        try await disk.whileFull {
                            await fixture.history.append(5000)
                            fixture.link.wake()
                            #expect(await fixture.trouble()?.kind == .full)
                        }
                        await fixture.forward(10)
                        try await expectAll(5110, in: server)
                    }
                }
            }
        }
    }

    @Test func `a server that takes no writes any more`() async throws {
        try await PostgresServer.with { server in
            try await LinkFixture.with(server.url(), "web-1") { fixture in
                await fixture.forward(10)
                try await server.sql("ALTER SYSTEM SET default_transaction_read_only = on")
                try await server.sql("SELECT pg_reload_conf()")
                await fixture.history.append(10)
                fixture.link.wake()
                #expect(await fixture.trouble() != nil)
                try await server.sql("ALTER SYSTEM RESET ALL")
                try await server.sql("SELECT pg_reload_conf()")
                await fixture.forward(10)
                try await expectAll(30, in: server)
            }
        }
    }
}
