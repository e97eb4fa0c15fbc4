// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

@testable import CLI

/// The transport in this process, its loop on a thread of its own.
@Suite(.timeLimit(.minutes(1)))
struct TransportTests {
    /// Started once; it ends with the tests.
    private static let loop: Void = Thread.detachNewThread { TransportActor.shared.loop.run() }

    init() {
        Self.loop
    }

    @TransportActor
    private func client(_ socket: String, timeout: Duration = .seconds(30)) -> AgentClient {
        AgentClient(
            host: Host(name: "a", address: .unix(path: socket)), limit: .eachCall(timeout),
            gate: Gate(width: 8, time: timeout),
            isVerbose: false)
    }

    @TransportActor
    private func watch(_ client: AgentClient, silence: Duration) -> EventWatch {
        EventWatch(client: client, query: WantedEvents(), messages: false, silence: silence)
    }

    @Test func `a stream without a heartbeat counts as broken`() async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "a.sock").path
            try await FakeAgent.run(socket: socket, answer: { _ in .stream([Sample.event(1) + "\n"]) }) { _ in
                let failure = await failure { @TransportActor in
                    var seen: [Int64?] = []
                    let watch = watch(client(socket), silence: .milliseconds(200))
                    _ = try await watch.run(after: .latest, opened: {}, received: { seen += $0.map(\.seq) })
                }
                #expect(failure?.kind == .timedOut)
            }
        }
    }

    @Test func `an endless reply is given up`() async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "a.sock").path
            let piece = String(repeating: " ", count: 1 << 20)
            try await FakeAgent.run(socket: socket, answer: { _ in .stream(Array(repeating: piece, count: 4)) }) { _ in
                let failure = await failure { @TransportActor in
                    var client = client(socket)
                    client.replyLimit = 2 << 20
                    _ = try await client.get("/v1/workers")
                }
                #expect(failure?.message.contains("more than 2 MiB") ?? false)
            }
        }
    }

    @Test func `an endless event line is given up`() async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "a.sock").path
            let piece = String(repeating: "x", count: 1 << 20)
            try await FakeAgent.run(socket: socket, answer: { _ in .stream(Array(repeating: piece, count: 6)) }) { _ in
                let failure = await failure { @TransportActor in
                    var watch = watch(client(socket), silence: .seconds(30))
                    watch.longestLine = 1 << 20
                    watch.longestSkipped = 4 << 20
                    _ = try await watch.run(after: .latest, opened: {}, received: { _ in })
                }
                #expect(failure?.message.contains("events over 4 MiB") ?? false)
            }
        }
    }

    @Test func `an agent whose pages are too large is asked for smaller ones`() async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "a.sock").path
            let answer: @Sendable (FakeAgent.Call) async throws -> Response = { call in
                let size = Int(call.query["pageSize"] ?? "") ?? 0
                let start = Int(call.query["pageToken"] ?? "") ?? 0
                let end = min(12, start + size)
                return .json(
                    Sample.events((start..<end).map { Sample.event($0) }, next: end < 12 ? "\(end)" : ""))
            }
            try await FakeAgent.run(socket: socket, answer: answer) { agent in
                let seqs = try await Task { @TransportActor in
                    var client = client(socket)
                    // Room for two events.
                    client.replyLimit = 300
                    let pager = EventPager(client, WantedEvents(), pageSize: 100)
                    var seqs: [Int64?] = []
                    while let event = try await pager.peek() {
                        seqs.append(event.seq)
                        pager.drop()
                    }
                    return seqs
                }.value
                #expect(seqs == (0..<12).map { Int64($0) })
            }
        }
    }

    @Test func `calls beyond the gate's width wait for their turn`() async throws {
        let order = await Task { @TransportActor in
            let gate = Gate(width: 1, time: .seconds(600))
            var order: [Int] = []
            let first = await gate.enter(isLasting: true)
            let tasks = (1...3).map { number in
                Task { @TransportActor in
                    let turn = await gate.enter(isLasting: number == 2)
                    order.append(number)
                    gate.leave(turn)
                }
            }
            order.append(0)
            gate.leave(first)
            for task in tasks { await task.value }
            return order
        }.value
        #expect(order == [0, 1, 2, 3])
    }

    private func failure(_ body: @TransportActor () async throws -> Void) async -> Failure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? Failure
        }
    }
}
