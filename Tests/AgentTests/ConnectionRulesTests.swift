// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Agent

/// What HTTP asks of a connection: RFC 9112 and RFC 9110.
@Suite(.timeLimit(.minutes(1)))
struct ConnectionRulesTests {
    private static let fork = "POST /v1/workers:fork HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"

    /// It is older than the header Host, and than connections that stay open.
    @Test func `an HTTP 1.0 request is answered and its connection closed`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(port: agent.port)
            try connection.send("GET /healthz HTTP/1.0\r\n\r\n")
            let reply = try await connection.read()
            #expect(reply.hasPrefix("HTTP/1.0 200 OK\r\n") && reply.contains("Connection: close\r\n"))
            #expect(reply.hasSuffix("{\"status\":\"ok\"}"))
        }
    }

    /// A stream has no length, and chunks are nothing for HTTP/1.0.
    @Test func `an HTTP 1.0 client gets no chunks`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            try connection.send(
                "GET /v1/events:watch?afterSeq=earliest HTTP/1.0\r\nAccept: application/x-ndjson\r\n\r\n")
            let reply = try await connection.read(until: "}\n")
            #expect(!reply.contains("chunked") && reply.contains("\"seq\":1,"), "\(reply)")
        }
    }

    @Test(arguments: ["close", "Close", "keep-alive, close"])
    func `the last answer says that it is the last`(option: String) async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            let get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
            // What follows the last request is none.
            try connection.send("\(get)\r\n\(get)Connection: \(option)\r\n\r\n\(get)\r\n")
            let reply = try await connection.read()
            #expect(reply.split(separator: "HTTP/1.1 200 OK").count == 2)
            #expect(reply.split(separator: "Connection: close").count == 2)
        }
    }

    @Test func `a client that asks is told to send its body`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            try connection.send(Self.fork + "Content-Type: application/json\r\nContent-Length: 11\r\n\r\n")
            #expect(try await connection.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try connection.send("{\"count\":2}")
            let reply = try await connection.read(until: "]}")
            #expect(reply.hasPrefix("HTTP/1.1 201 Created\r\n") && !reply.contains("Connection: close"))
            #expect(await agent.primary.workers.count == 2)
        }
    }

    /// Its body does not come any more, and what comes instead must not be taken for it.
    @Test func `a client whose body is not wanted is told so instead`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(port: agent.port)
            try connection.send(Self.fork + "Content-Length: 11\r\n\r\n")
            let reply = try await connection.read(until: "\r\n\r\n")
            #expect(reply.hasPrefix("HTTP/1.1 401 Unauthorized\r\n") && reply.contains("Connection: close\r\n"))
        }
    }

    @Test func `a body that comes unasked is accepted`() async throws {
        try await LiveAgent.with { agent in
            let reply = try await agent.exchange(
                Self.fork
                    + "Connection: close\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"count\":2}")
            #expect(reply.contains("HTTP/1.1 201 Created\r\n"))
        }
    }

    @Test func `nothing is served behind an answer that closes the connection`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            let length = ConnectionLimits.bodyBytes + 1
            try connection.send(
                "POST /v1/workers:fork HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(length)\r\n\r\n")
            let refusal = try await connection.read(until: "REQUEST_TOO_LARGE")
            #expect(refusal.hasPrefix("HTTP/1.1 400 ") && refusal.contains("Connection: close\r\n"))
            try connection.send(
                String(repeating: " ", count: length) + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await !connection.read().contains("HTTP/1.1"))
        }
    }

    @Test(arguments: ["2\r\n{}\r\nZZ\r\n", "5\r\n{}"]) func `a body that breaks off is no HTTP`(body: String)
        async throws
    {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            try connection.send(
                "POST /v1/workers:fork HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\(body)")
            try connection.finish()
            let reply = try await connection.read()
            #expect(reply.contains("MALFORMED_HTTP"), "\(reply)")
        }
    }
}
