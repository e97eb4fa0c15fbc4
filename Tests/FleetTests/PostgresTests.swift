// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared
import Synchronization
import TestSupport
import Testing

@testable import Fleet

/// The connection, with a real server.
@Suite(.timeLimit(.minutes(2)))
struct PostgresTests {
    private func texts(
        _ connection: PostgresConnection, _ sql: String, _ values: [PostgresValue] = [],
        within limit: Duration = .seconds(20)
    ) async throws(PostgresError) -> [String?] {
        try await connection.perform { session throws(PostgresError) in
            var rows: [String?] = []
            try session.run(sql, values, within: limit) { row throws(PostgresError) in
                rows.append(try row.text())
                return true
            }
            return rows
        }
    }

    @Test func `values arrive as they were bound`() async throws {
        try await PostgresServer.with { server in
            let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            defer { connection.close() }
            let sql = "SELECT row_to_json(t)::text FROM (SELECT $1 a, $2 b, $3 c, $4 d, $5 e, $6 f, $7 g, $8 h) t"
            let values: [PostgresValue] = [
                .text("a'\"\\ü\u{1F600}\0"), .integer(.min), .integers([1, nil, .max]), .texts(["x,{}", nil, ""]),
                .bool(true), .json(Array(#"{"u":"\u0000\ud800"}"#.utf8)), .jsons([Array("[1]".utf8)]), .text(nil),
            ]
            let row = try await texts(connection, sql, values).first ?? nil
            #expect(
                row
                    == #"{"a":"a'\"\\ü😀�","b":-9223372036854775808,"c":[1,null,9223372036854775807],"#
                    + #""d":["x,{}",null,""],"e":true,"f":{"u":"\u0000\ud800"},"g":[[1]],"h":null}"#)
            let times = try await texts(
                connection, "SELECT (extract(epoch FROM unnest($1)) * 1000)::bigint",
                [.times([0, -1, 1_750_000_000_123, .max].map(Timestamp.init(milliseconds:)))])
            #expect(times == ["0", "-1", "1750000000123", "253402300799999"])
        }
    }

    @Test func `errors say what can be done`() async throws {
        try await PostgresServer.with { server in
            let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            defer { connection.close() }
            for (sql, kind) in [
                ("SELECT 1/0", PostgresError.Kind.data), ("SELECT '{'::json", .data), ("SELECT nothing()", .other),
            ] {
                let error = await #expect(throws: PostgresError.self) { try await texts(connection, sql) }
                #expect(error?.kind == kind, "\(String(describing: error))")
            }
            // The session is as good as before.
            #expect(try await texts(connection, "SELECT 'still here'") == ["still here"])

            let elsewhere = PostgresConnection(to: try PostgresAddress(url: server.url("nowhere")), label: "test")
            let error = await #expect(throws: PostgresError.self) { try await texts(elsewhere, "SELECT 1") }
            #expect(error?.kind == .connection && error?.message.contains("nowhere") == true)
        }
    }

    @Test func `a session that the server ended is replaced`() async throws {
        try await PostgresServer.with { server in
            let asked = Atomic(0)
            let connection = PostgresConnection(
                to: try PostgresAddress(url: server.url()),
                password: {
                    asked.wrappingAdd(1, ordering: .relaxed)
                    return "new"
                }, label: "test")
            defer { connection.close() }
            let pid = try #require(try await texts(connection, "SELECT pg_backend_pid()").first ?? nil)
            try await server.sql("SELECT pg_terminate_backend(\(pid), 10000)")
            let error = await #expect(throws: PostgresError.self) { try await texts(connection, "SELECT 1") }
            #expect(error?.kind == .connection)
            #expect(try await texts(connection, "SELECT 'again'") == ["again"])
            // A password may change, so each log-in asks for it.
            #expect(asked.load(ordering: .relaxed) == 2)
        }
    }

    @Test func `a server that hangs is given up after a while`() async throws {
        try await PostgresServer.with { server in
            let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            defer { connection.close() }
            _ = try await texts(connection, "SELECT 1")
            try server.stopAll(SIGSTOP)
            let error = await #expect(throws: PostgresError.self) {
                try await texts(connection, "SELECT 1", within: .milliseconds(300))
            }
            #expect(error?.kind == .timeout)
            try server.stopAll(SIGCONT)
            #expect(try await texts(connection, "SELECT 'again'") == ["again"])
        }
    }

    @Test func `closing ends a statement that waits`() async throws {
        try await PostgresServer.with { server in
            let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            let waiting = Task { try await texts(connection, "SELECT pg_sleep(1000)", within: .seconds(1000)) }
            connection.close()
            let error = await #expect(throws: PostgresError.self) { try await waiting.value }
            #expect(error?.kind == .closed)
        }
    }

    @Test func `a caller that is cancelled does not wait for a server that hangs`() async throws {
        try await PostgresServer.with { server in
            let connection = PostgresConnection(to: try PostgresAddress(url: server.url()), label: "test")
            defer { connection.close() }
            _ = try await texts(connection, "SELECT 1")
            try server.stopAll(SIGSTOP)
            let waiting = Task { try await texts(connection, "SELECT 1", within: .seconds(1000)) }
            waiting.cancel()
            let error = await #expect(throws: PostgresError.self) { try await waiting.value }
            #expect(error?.kind == .closed)
            // The thread is still in that statement, and closing waits for no thread.
            let next = Task { try await texts(connection, "SELECT 1") }
            connection.close()
            let closed = await #expect(throws: PostgresError.self) { try await next.value }
            #expect(closed?.kind == .closed)
            try server.stopAll(SIGCONT)
        }
    }

    @Test func `many callers together do not log in again and again`() throws {
        let logIn = LogIn(pauses: true)
        let failure = PostgresError(.refused, "no")
        var attempts = 0
        for _ in 0..<100 {
            #expect(throws: failure) {
                try logIn.attempt { () throws(PostgresError) in
                    attempts += 1
                    throw failure
                }
            }
        }
        #expect(attempts < 10)
    }

    @Test func `a password is never shown`() throws {
        let address = try PostgresAddress(url: "postgresql://me:secret@db1,db2/fleet?sslmode=verify-full")
        #expect("\(address)" == "host=db1,db2 dbname=fleet user=me sslmode=verify-full")
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("secret") && !String(reflecting: address).contains("secret"))
        let error = #expect(throws: PostgresError.self) { try PostgresAddress(url: "postgresql://me:secret@[:x/") }
        #expect(error.map { !"\($0)".contains("secret") } == true)
    }
}
