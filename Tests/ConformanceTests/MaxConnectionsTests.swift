// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import TestSupport
import Testing

@Suite("server.maxConnections", .serialized, .timeLimit(.minutes(1)))
struct MaxConnectionsTests {
    @Test("a worker that is full declines, and another gets the connection")
    func overflow() async throws {
        try await withPrimary("max-connections.js") { cluster in
            let (first, port) = try await cluster.forkListening()
            let held = try SocketClient(.tcp(port: port))
            #expect(try await held.readSome() == "\(first.id)")
            let (second, _) = try await cluster.forkListening()
            // Whosever turn it is: only the second has room.
            let next = try SocketClient(.tcp(port: port))
            #expect(try await next.readSome() == "\(second.id)")
            withExtendedLifetime(held) {}
        }
    }

    @Test("if all workers are full, a connection waits, and is served as soon as one has room")
    func waits() async throws {
        try await withPrimary("max-connections.js") { cluster in
            let (worker, port) = try await cluster.forkListening()
            var held: SocketClient? = try SocketClient(.tcp(port: port))
            #expect(try await held?.readSome() == "\(worker.id)")
            let waiting = try SocketClient(.tcp(port: port))
            while await cluster.primary.status.handles.first?.pendingConnections == 0 { await Task.yield() }
            held = nil
            #expect(try await waiting.readSome() == "\(worker.id)")
        }
    }

    @Test("if all workers are full, a new one takes the connections that wait")
    func newWorker() async throws {
        try await withPrimary("max-connections.js") { cluster in
            let (first, port) = try await cluster.forkListening()
            let held = try SocketClient(.tcp(port: port))
            #expect(try await held.readSome() == "\(first.id)")
            let waiting = try SocketClient(.tcp(port: port))
            let (second, _) = try await cluster.forkListening()
            #expect(try await waiting.readSome() == "\(second.id)")
            withExtendedLifetime(held) {}
        }
    }
}
