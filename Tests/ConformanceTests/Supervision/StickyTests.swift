// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Supervision
import TestSupport
import Testing

/// A client comes to the same instance each time.
@Suite("Clients that keep their instance", .serialized, .timeLimit(.minutes(1)))
struct StickyTests {
    private func withSticky(
        _ stickiness: SteeringPolicy.Stickiness, _ policy: SchedulingPolicy = .roundRobin,
        running script: String = "sticky.js", wait: Duration = .seconds(30),
        _ body: (SupervisorFixture, _ port: UInt16) async throws -> Void
    ) async throws {
        try await withSupervisor(
            script, workers: 4, settings: { $0.schedulingPolicy = policy },
            primary: {
                $0.steering.stickiness = stickiness
                $0.steering.stickyHeader = "X-Session"
                $0.steering.stickyWait = wait
            }
        ) { cluster in
            let workers = try await cluster.ready(4)
            try await body(cluster, try await cluster.port(of: workers[0]))
        }
    }

    private func answer(_ session: Int, _ port: UInt16) async throws -> Substring {
        let reply = try await TCPClient.exchange(
            port: port,
            "POST / HTTP/1.1\r\nHost: h\r\nx-session: s\(session)\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
        )
        return reply.split(separator: "\r\n").last ?? ""
    }

    @Test("each session has its instance, which reads the whole request, and its replacement has it too")
    func header() async throws {
        try await withSticky(.header) { cluster, port in
            var first: [Substring] = []
            for session in 0..<30 { first.append(try await answer(session, port)) }
            #expect(first.enumerated().allSatisfy { $1.hasSuffix("session s\($0), 5 bytes") }, "\(first)")
            #expect(Set(first.map { $0.prefix { $0 != "," } }).count == 4)
            let victim = try #require(await cluster.primary.workers.first { $0.instance == 2 })
            _ = try await cluster.primary.kill(victim.id, signal: .kill)
            _ = try await cluster.ready(5)
            for session in 0..<30 { #expect(try await answer(session, port) == first[session]) }
        }
    }

    @Test("a head that comes in pieces is awaited, and an unfinished one only for a time")
    func pieces() async throws {
        try await withSticky(.header) { _, port in
            let whole = try await answer(7, port)
            let client = try SocketClient(.tcp(port: port))
            for piece in [
                "POST / HT", "TP/1.1\r\nHost: h\r\nX-Ses", "sion: s",
                "7\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
            ] {
                try client.write(piece)
                await Task.yield()
            }
            #expect(try await client.readToEnd().hasSuffix(whole))
        }
        // This program answers whatever it is told.
        try await withSticky(.header, running: "drain.js", wait: .milliseconds(20)) { _, port in
            let answer = try await SocketClient.exchange(.tcp(port: port), "GET / HTTP/1.1\r\nHost: h\r\nX-Ses")
            #expect(Int(answer) != nil, "\(answer)")
        }
    }

    @Test("clients that say nothing, or no HTTP, or leave, keep nothing occupied")
    func silent() async throws {
        try await withSticky(.header, wait: .milliseconds(20)) { cluster, port in
            for text in ["", "\u{16}\u{3}\u{1}\u{2}", "GET / HTTP/1.1\r\n"] {
                for _ in 0..<20 { try SocketClient(.tcp(port: port)).write(text) }
            }
            let halfOpen = try SocketClient(.tcp(port: port))
            try halfOpen.endWriting()
            #expect(try await halfOpen.readToEnd().isEmpty)
            #expect(try await answer(1, port).hasSuffix("session s1, 5 bytes"))
            while await cluster.primary.status.handles.contains(where: { $0.pendingConnections > 0 }) {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    @Test("each address has its instance", arguments: [SchedulingPolicy.roundRobin, .reuseport])
    func address(policy: SchedulingPolicy) async throws {
        try await withSticky(.address, policy) { _, port in
            var answers: Set<Substring> = []
            for session in 0..<20 { answers.insert(try await answer(session, port).prefix { $0 != "," }) }
            #expect(answers.count == 1)
        }
    }
}
