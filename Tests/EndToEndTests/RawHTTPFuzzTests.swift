// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Ten thousand requests that are no requests any more: none ends the agent, and none keeps its connection for ever.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RawHTTPFuzzTests {
    private static let requests = 10_000
    private static let threads = 4

    /// What is mutated; nothing of it starts a program or has no end.
    private static let seeds: [String] = [
        "GET /v1/workers?state=online,listening&pageSize=10 HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n",
        "GET /v1/events?type=exit&since=15m&order=desc&pageToken=AAAA HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /v1/version HTTP/1.1\r\nHost: x\r\n\r\n",
        "HEAD /v1/cluster HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: abc\r\nConnection: keep-alive\r\n\r\n",
        "POST /v1/workers/1%3Akill HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{\"signal\":\"SIGTERM\"}",
        "POST /v1/workers/1:send HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "8\r\n{\"messag\r\n5\r\ne\":1}\r\n0\r\nTrailer: x\r\n\r\n",
        "POST /v1/cluster:setupPrimary HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Idempotency-Key: k\r\nContent-Length: 15\r\n\r\n{\"silent\":true}",
        "POST /v1/workers:fork HTTP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n{\"count\":99999999999999999999}",
        "PUT /v1/workers HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        "GET /v1/workers/\u{e9}\u{1F980}?%00=%ff HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; c=d\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ]

    /// Bytes that mean something to somebody.
    private static let alphabet =
        Array("\r\n\t \0:;,?%/{}[]\"\\0123456789abcdefGETPOSTHTTPx-".utf8) + [0x80, 0xC3, 0xFF]

    private static func request(_ generator: inout SeededGenerator) -> [UInt8] {
        let seed = Array((seeds.randomElement(using: &generator) ?? "").utf8)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return Array(seed.prefix(Int.random(in: 0...seed.count, using: &generator)))
        case 1: return seed + generator.mutate(seed, alphabet: alphabet)
        case 2: return generator.mutate(seed + seed + seed, alphabet: alphabet)
        case 3:
            return (0..<Int.random(in: 1...200, using: &generator)).map { _ in
                .random(in: .min ... .max, using: &generator)
            }
        default: return generator.mutate(seed, alphabet: alphabet)
        }
    }

    @Test func `no bytes end the agent or hold a connection for ever`() async throws {
        try await withAgent { agent in
            // The first ones have the agent open what it keeps open, such as connections to its database.
            _ = try await answers(to: 500, of: agent, seed: 1)
            let descriptors = try ProcessTable.openDescriptors(of: agent.program.pid)
            let answered = try await answers(to: Self.requests, of: agent, seed: 2026)
            // Nearly all get some answer; one that breaks off in its first line may get none.
            #expect(answered > Self.requests / 2)
            #expect(try await agent.call("GET", "/healthz").status == 200)
            while try ProcessTable.openDescriptors(of: agent.program.pid) > descriptors + 8 {
                try Task.checkCancellation()
                _ = try await agent.call("GET", "/healthz")
            }
        }
    }

    private func answers(to count: Int, of agent: RunningAgent, seed: UInt64) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for thread in 0..<Self.threads {
                group.addTask { [socket = agent.socket] in
                    var generator = SeededGenerator(seed: seed + UInt64(thread))
                    let requests = (0..<count / Self.threads).map { _ in Self.request(&generator) }
                    return try await UnixExchange.run(requests, over: socket)
                }
            }
            return try await group.reduce(0, +)
        }
    }

    /// A connection on which nothing more comes is closed by the agent's deadline.
    @Test(arguments: ["", "G", "GET /healthz HTTP/1.1\r\nHost:", "POST /v1/workers:fork HTTP/1.1\r\nHost: x\r\n"])
    func `silence ends a connection`(bytes: String) async throws {
        try await withAgent { agent in
            let reply = try await TCPClient.exchange(port: agent.port, bytes)
            #expect(bytes.isEmpty ? reply.isEmpty : reply.hasPrefix("HTTP/1.1 408 "))
        }
    }
}
