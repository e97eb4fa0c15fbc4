// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import ServiceLifecycle
import Shared
import Testing

@testable import Agent

// How long a client may take.
extension ListenerTests {
    /// The limits are the real ones, but short. Only the agent waits.
    private static var hasty: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.request.head = .seconds(3)
        limits.request.body = .seconds(1)
        return limits
    }

    /// Long enough for what comes at once, also on a busy machine.
    private static var patient: ConnectionLimits {
        var limits = ConnectionLimits()
        limits.request.head = .seconds(5)
        limits.request.body = .seconds(5)
        return limits
    }

    @Test func `headers that do not come end the connection`() async throws {
        try await LiveAgent.with(limits: Self.hasty) { agent in
            let answer = try await agent.exchange("GET /healthz HTTP/1.1\r\nHost: x\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("REQUEST_TIMEOUT"))
            #expect(answer.contains("\"code\":408") && answer.contains("Connection: close"))
        }
    }

    @Test func `a connection on which nothing comes is closed`() async throws {
        try await LiveAgent.with(limits: Self.hasty) { agent in
            let answer = try await RawConnection(path: agent.socket).read()
            #expect(answer == "")
        }
    }

    @Test func `a connection may rest between requests`() async throws {
        try await LiveAgent.with(limits: Self.patient) { agent in
            let connection = try RawConnection(path: agent.socket)
            try connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await connection.read(until: "}")
            // Another one's time runs out, which began later than this one's rest.
            _ = try await agent.exchange("GET /healthz HTTP/1.1\r\n")
            try connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = try await connection.read(until: "}")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `a body that does not come ends the connection`() async throws {
        var limits = Self.hasty
        limits.request.head = .seconds(30)
        try await LiveAgent.with(limits: limits) { agent in
            let reply = try await agent.exchange(
                "POST /v1/workers:fork HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
            #expect(reply.hasPrefix("HTTP/1.1 408 "))
            #expect(await agent.primary.workers.isEmpty)
        }
    }

    @Test func `an answer may take longer than a request`() async throws {
        try await LiveAgent.with(limits: Self.patient) { agent in
            let connection = try RawConnection(path: agent.socket)
            try connection.send(
                "POST /v1/workers:fork HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 17\r\n\r\n{\"wait\":\"online\"}")
            for await _ in agent.primary.waits { break }
            // Another connection is closed by its deadline, which began later than this one's.
            let answer = try await agent.exchange("GET /healthz HTTP/1.1\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            await agent.primary.didComeOnline(.first)
            #expect(try await connection.read(until: "\r\n").hasPrefix("HTTP/1.1 201 ") == true)
        }
    }
}
