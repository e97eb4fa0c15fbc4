// SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle
import Shared
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct WatchRouteTests {
    private static func request(_ query: String, _ headers: String = "") -> String {
        "GET /v1/events:watch\(query) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
    }

    /// Opens a stream and reads up to the first heartbeat, which says that the stream has begun.
    private func watch(_ agent: LiveAgent, _ query: String, _ headers: String = "") async throws -> RawConnection {
        let connection = try RawConnection(path: agent.socket)
        try connection.send(Self.request(query, headers))
        let head = try await connection.read(until: "\r\n\r\n")
        try #require(head.hasPrefix("HTTP/1.1 200 "), "\(head)")
        _ = try await connection.read(until: headers.contains("ndjson") ? "\n\r\n" : ":\n\n")
        return connection
    }

    @Test func `events are streamed as server-sent events`() async throws {
        try await LiveAgent.with { agent in
            let watcher = try await watch(agent, "?type=fork")
            _ = try await agent.primary.fork(count: 1, environment: [:], requestID: "r-1")
            let event = try await watcher.read(until: "}\n\n")
            #expect(event.contains("id: ") && event.contains("event: fork\ndata: {"))
            #expect(event.contains(#""requestId":"r-1""#))
        }
    }

    @Test func `events are streamed as JSON lines`() async throws {
        try await LiveAgent.with { agent in
            let watcher = try await watch(agent, "?type=fork", "Accept: application/x-ndjson\r\n")
            _ = try await agent.primary.fork(count: 1, environment: [:], requestID: "r-1")
            let event = try await watcher.read(until: "}\n")
            #expect(event.contains(#""type":"fork""#) && !event.contains("data: "))
        }
    }

    @Test(arguments: [("?afterSeq=earliest", ""), ("?afterSeq=0", ""), ("?afterSeq=latest", "Last-Event-ID: 0\r\n")])
    func `a watch resumes from the history`(query: String, headers: String) async throws {
        try await LiveAgent.with { agent in
            _ = try await agent.primary.fork(count: 1, environment: [:], requestID: nil)
            await agent.assembly.recorder.settle(through: await agent.primary.lastEventNumber)
            let watcher = try await watch(agent, query, headers)
            let events = try await watcher.read(until: "event: fork")
            #expect(events.contains("id: 1\nevent: agentStart"))
        }
    }

    @Test func `the primary is asked for messages while somebody wants them`() async throws {
        try await LiveAgent.with { agent in
            let watcher = try await watch(agent, "?messages=true")
            while await !agent.primary.publishesMessages { await Task.yield() }
            withExtendedLifetime(watcher) {}
        }
    }

    @Test func `the primary is not asked once the watchers are gone`() async throws {
        try await LiveAgent.with { agent in
            do {
                let watcher = try await watch(agent, "?messages=true")
                while await !agent.primary.publishesMessages { await Task.yield() }
                withExtendedLifetime(watcher) {}
            }
            while await agent.primary.publishesMessages { await Task.yield() }
            #expect(agent.assembly.broadcaster.watchers == 0)
        }
    }

    @Test(arguments: [
        ("?afterSeq=x", "", "afterSeq"), ("?afterSeq=-1", "", "afterSeq"),
        ("", "Last-Event-ID: x\r\n", "Last-Event-ID"),
        ("?messages=1", "", "messages"), ("?type=none", "", "type"), ("?order=asc", "", "order"),
    ])
    func `invalid parameters are refused`(query: String, headers: String, parameter: String) async throws {
        try await LiveAgent.with { agent in
            let reply = try await agent.exchange(Self.request(query, headers + "Connection: close\r\n"))
            #expect(reply.hasPrefix("HTTP/1.1 400 ") && reply.contains(#""parameter":"\#(parameter)""#))
            #expect(agent.assembly.broadcaster.watchers == 0)
        }
    }

    @Test func `a watch ends by itself when the agent stops`() async throws {
        try await LiveAgent.with { agent in
            let watcher = try await watch(agent, "")
            await agent.group.triggerGracefulShutdown()
            // The chunk that ends a chunked body (RFC 9112, 7.1).
            #expect(try await watcher.read().hasSuffix("0\r\n\r\n") == true)
        }
    }

    @Test func `the last event is the agent's end`() async throws {
        try await LiveAgent.with(workers: 1) { agent in
            let watchers = [try await watch(agent, ""), try await watch(agent, "?afterSeq=earliest")]
            await agent.group.triggerGracefulShutdown()
            for watcher in watchers {
                let events = try await watcher.read()
                #expect(events.contains("event: exit") && events.contains("event: agentStop"))
                #expect(events.hasSuffix("0\r\n\r\n"))
            }
        }
    }

    @Test func `a watch shows the workers leave when the agent stops`() async throws {
        try await LiveAgent.with(workers: 2) { agent in
            let watcher = try await watch(agent, "?type=exit")
            await agent.group.triggerGracefulShutdown()
            let events = try await watcher.read()
            #expect(events.split(separator: "event: exit").count == 3)
        }
    }
}
