// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import ServiceLifecycle
import Shared
import Testing

@testable import Agent

/// What only a real socket shows: who connects, what is too long, what is too slow.
@Suite(.timeLimit(.minutes(1)))
struct ListenerTests {
    static let get = "GET /v1/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

    @Test func `the unix socket needs no token`() async throws {
        try await LiveAgent.with { agent in
            let answer = try await agent.status(of: Self.get + "\r\n")
            #expect(answer == 200)
        }
    }

    /// An agent with next to no descriptor left says so, and keeps the unix socket for the administrator who mends that.
    @Test func `TCP is refused before the last descriptor is gone`() async throws {
        try await LiveAgent.with(reserve: DescriptorReserve(limit: 0, logger: .silent)) { agent in
            let connection = try RawConnection(port: agent.port)
            try connection.send(Self.get + "\r\n")
            let reply = try await connection.read()
            #expect(reply.hasPrefix("HTTP/1.1 503 ") && reply.contains("OUT_OF_DESCRIPTORS"), "\(reply)")
            let probe = try RawConnection(port: agent.port)
            try probe.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await probe.read().hasPrefix("HTTP/1.1 200 ") == true)
            let answer = try await agent.status(of: Self.get + "\r\n")
            #expect(answer == 200)
        }
    }

    @Test func `connections that are refused are counted by reason`() async throws {
        var limits = ConnectionLimits()
        limits.connectionsPerAddress = 1
        // Long enough for a busy machine to send a whole head.
        limits.request.head = .seconds(5)
        try await LiveAgent.with(limits: limits) { agent in
            func count(_ reason: String) async throws -> String? {
                let metrics = try await agent.exchange("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                let name = "cluster_api_connections_refused_total{reason=\"\(reason)\"} "
                return metrics.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name) }
                    .map { String($0.dropFirst(name.count)) }
            }
            for reason in RefusedConnections.Reason.allCases {
                #expect(try await count(reason.rawValue) == "0", "\(reason)")
            }
            let first = try RawConnection(port: agent.port)
            try first.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await first.read(until: "}")
            let second = try RawConnection(port: agent.port)
            try second.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await second.read()
            #expect(try await count("TOO_MANY_CONNECTIONS") == "1")
            _ = try await agent.exchange("NONSENSE\r\n\r\n")
            #expect(try await count("MALFORMED_HTTP") == "1")
            _ = try await agent.exchange(Self.get + "X: \(String(repeating: "x", count: 16 << 10))\r\n\r\n")
            #expect(try await count("REQUEST_TOO_LARGE") == "1")
            _ = try await agent.exchange("GET /healthz HTTP/1.1\r\nHost: x\r\n")
            #expect(try await count("REQUEST_TIMEOUT") == "1")
            // The agent has closed that connection in the midst of a head, which is no second reason.
            #expect(try await count("MALFORMED_HTTP") == "1")
            withExtendedLifetime(first) {}
        }
    }

    /// A client that sends a command and leaves does not read the answer, and means the command.
    @Test func `a command is run if its client closes at once`() async throws {
        try await LiveAgent.with { agent in
            let commands = 40
            let fork = "POST /v1/workers:fork HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
            for _ in 1...commands { try RawConnection(path: agent.socket).send(fork) }
            let get = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            var counts: [Substring: Int] = [:]
            while counts.values.reduce(0, +) < commands {
                let lines = try await agent.exchange(get).split(whereSeparator: \.isNewline)
                let count = "cluster_api_request_duration_seconds_count{"
                for line in lines where line.hasPrefix(count) && !line.contains("status=\"200\"") {
                    let words = line.split(separator: " ")
                    counts[words[0]] = words.last.flatMap { Int($0) }
                }
            }
            #expect(counts.keys.allSatisfy { $0.contains("status=\"201\"") }, "\(counts)")
            #expect(await agent.primary.workers.count == commands)
        }
    }

    @Test func `the unix socket is for its owner alone`() async throws {
        try await LiveAgent.with { agent in
            let attributes = try FileManager.default.attributesOfItem(atPath: agent.socket)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func `the audit names the user`() async throws {
        try await LiveAgent.with { agent in
            _ = try await agent.exchange(
                "POST /v1/workers:fork HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            let reply = try await agent.exchange(
                "GET /v1/events?type=command HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            #expect(reply.contains("\"principal\":\"uid:\(getuid())\""))
        }
    }

    @Test func `TCP needs a token`() async throws {
        try await LiveAgent.with { agent in
            let stranger = try RawConnection(port: agent.port)
            try stranger.send(Self.get + "\r\n")
            #expect(try await stranger.read().hasPrefix("HTTP/1.1 401 ") == true)
            let friend = try RawConnection(port: agent.port)
            try friend.send(Self.get + "Authorization: Bearer \(AgentFixture.token)\r\n\r\n")
            #expect(try await friend.read().hasPrefix("HTTP/1.1 200 ") == true)
        }
    }

    @Test func `TCP needs a name of the agent's`() async throws {
        try await LiveAgent.with { agent in
            for host in ["evil.example", ""] {
                let connection = try RawConnection(port: agent.port)
                try connection.send("GET /healthz HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                #expect(try await connection.read().contains("HOST_NOT_ALLOWED") == true)
            }
        }
    }

    @Test func `several requests share a connection`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            for count in 1...5 {
                try connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: n\(count)\r\n\r\n")
                #expect(
                    try await connection.read(until: "{\"status\":\"ok\"}").contains("X-Request-Id: n\(count)") == true)
            }
        }
    }

    @Test(arguments: [
        "NONSENSE\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "GET  /  HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /healthz HTTP/1.1\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
    ])
    func `bad HTTP ends its connection and nothing else`(bytes: String) async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            try connection.send(bytes)
            let reply = try await connection.read(until: "\r\n\r\n")
            #expect(reply.hasPrefix("HTTP/1.1 4") && reply.contains("Content-Type: application/json"), "\(reply)")
            let next = try await agent.status(of: Self.get + "\r\n")
            #expect(next == 200)
        }
    }

    @Test func `headers of 16 KiB are too long`() async throws {
        try await LiveAgent.with { agent in
            let long = "X-Long: \(String(repeating: "x", count: 16 << 10))\r\n\r\n"
            let answer = try await agent.exchange(Self.get + long)
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("REQUEST_TOO_LARGE"))
            let many = (0..<200).map { "X-\($0): \(String(repeating: "y", count: 100))\r\n" }.joined() + "\r\n"
            let next = try await agent.status(of: Self.get + many)
            #expect(next == 400)
            let fits = "X-Long: \(String(repeating: "x", count: 15 << 10))\r\n\r\n"
            let last = try await agent.status(of: Self.get + fits)
            #expect(last == 200)
        }
    }

    @Test func `a body that is too long is refused before it is sent`() async throws {
        try await LiveAgent.with { agent in
            let connection = try RawConnection(path: agent.socket)
            try connection.send(
                "POST /v1/workers:fork HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n")
            let reply = try await connection.read(until: "}}")
            #expect(reply.contains("REQUEST_TOO_LARGE") && reply.contains("Connection: close"))
        }
    }

    @Test func `a client that does not speak HTTP is told so`() async throws {
        try await LiveAgent.with { agent in
            let answer = try await agent.exchange("NONSENSE\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400 ") && answer.contains("MALFORMED_HTTP"))
            #expect(answer.contains("X-Request-Id: ") && answer.contains("Connection: close"))
        }
    }

    @Test func `idle connections over the unix socket keep nobody out`() async throws {
        var limits = ConnectionLimits()
        limits.connections = 4
        try await LiveAgent.with(limits: limits) { agent in
            var idle: [RawConnection] = []
            for _ in 0..<8 {
                let connection = try RawConnection(path: agent.socket)
                try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(until: "}")
                idle.append(connection)
            }
            #expect(try await agent.status(of: Self.get + "\r\n") == 200)
            withExtendedLifetime(idle) {}
        }
    }

    @Test func `the connections of one address are limited`() async throws {
        var limits = ConnectionLimits()
        limits.connectionsPerAddress = 2
        try await LiveAgent.with(limits: limits) { agent in
            var open = [try RawConnection(port: agent.port), try RawConnection(port: agent.port)]
            for connection in open {
                try connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(until: "}")
            }
            let another = try RawConnection(port: agent.port)
            try another.send("GET /v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
            let third = try await another.read()
            #expect(third.hasPrefix("HTTP/1.1 429 Too Many Requests\r\n") && third.contains("TOO_MANY_CONNECTIONS"))
            // A probe is told that the agent lives even then.
            let probe = try RawConnection(port: agent.port)
            try probe.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await probe.read().hasPrefix("HTTP/1.1 200 ") == true)
            // The socket is for the agent's own user, who has no such limit.
            let answer = try await agent.status(of: Self.get + "\r\n")
            #expect(answer == 200)
            open.removeLast()
            while true {
                let next = try RawConnection(port: agent.port)
                try? next.send(Self.get + "Authorization: Bearer \(AgentFixture.token)\r\n\r\n")
                if try await next.read().hasPrefix("HTTP/1.1 200 ") { break }
            }
            withExtendedLifetime(open) {}
        }
    }

    /// Those that came before it; later ones are refused.
    @Test func `requests in flight finish at shutdown`() async throws {
        try await LiveAgent.with(primary: FakePrimary(stubborn: true), workers: 1) { agent in
            var waits = agent.primary.waits.makeAsyncIterator()
            let connection = try RawConnection(port: agent.port)
            try connection.send(
                "POST /v1/workers/1:disconnect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n"
                    + "Authorization: Bearer \(AgentFixture.token)\r\n\r\n{\"wait\":true}")
            await waits.next()
            await agent.group.triggerGracefulShutdown()
            // The agent waits for its workers' end now.
            await agent.primary.wasStopped()
            await agent.primary.didExit(.first)
            let reply = try await connection.read()
            #expect(reply.hasPrefix("HTTP/1.1 200 OK\r\n") && reply.hasSuffix("}"), "\(reply)")
            #expect(reply.contains("\"state\":\"dead\"") && reply.contains("\"exitedAfterDisconnect\":true"))
        }
    }

    @Test func `a thousand idle connections do no harm`() async throws {
        try await LiveAgent.with { agent in
            FileLimit.raise()
            let idle = try (0..<1000).map { _ in try RawConnection(path: agent.socket) }
            let answer = try await agent.status(of: Self.get + "\r\n")
            #expect(answer == 200)
            withExtendedLifetime(idle) {}
        }
    }

    @Test func `a port that is taken is reported`() async throws {
        try await LiveAgent.with { agent in
            let address = ListenAddress(host: "127.0.0.1", port: agent.port)
            let second = ListenerService(
                listener: .tcp(address), socketFile: nil, responder: agent.assembly.makeResponder(),
                gate: ConnectionGate(limits: ConnectionLimits(), reserve: DescriptorReserve(logger: .silent)),
                bound: BoundListeners(count: 1), logger: .silent)
            let error = await #expect(throws: StartupError.self) { try await second.run() }
            #expect(error?.code == .unavailable && error?.description.contains("\(address)") == true)
        }
    }
}
