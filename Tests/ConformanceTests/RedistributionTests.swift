// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import TestSupport
import Testing

@Suite("Connections of workers that die", .serialized, .timeLimit(.minutes(1)))
struct RedistributionTests {
    @Test("connections that a worker was sent which hangs go to another when it is killed")
    func hanging() async throws {
        try await withPrimary("http-spin.js") { cluster in
            let (first, port) = try await cluster.forkListening()
            try await cluster.send("1", to: first.id)
            #expect(try await cluster.log.message(1, of: first.id) == "spinning")
            let replies = Task {
                try await withThrowingTaskGroup { group in
                    for _ in 0..<24 { group.addTask { try await TCPClient.get(port: port) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
            }
            // 16 are on their way to the worker (its window), 8 wait in the primary.
            while await cluster.primary.status.handles.first?.pendingConnections != 8 { await Task.yield() }
            let second = try await cluster.fork()
            _ = try await cluster.primary.kill(first.id, signal: .kill)
            #expect(try await replies.value == Array(repeating: "worker \(second)", count: 24))
        }
    }

    @Test("a limited number of connections waits in the primary, the rest in the kernel, and all are served")
    func bound() async throws {
        try await withPrimary("http-server.js", configuration: { $0.maxPendingConnections = 4 }) { cluster in
            let (worker, port) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(worker.id, signal: try #require(Signal("SIGSTOP")))
            let clients = try (0..<40).map { _ in try SocketClient(.tcp(port: port)) }
            // A stopped worker gets none.
            while await cluster.primary.status.handles.first?.pendingConnections != 4 { await Task.yield() }
            // Once it is asked for something else the loop has seen all that came before.
            for _ in 0..<10 { #expect(await cluster.primary.status.handles.first?.pendingConnections == 4) }
            _ = try await cluster.primary.kill(worker.id, signal: try #require(Signal("SIGCONT")))
            for client in clients {
                try client.write("GET / HTTP/1.0\r\n\r\n")
                let reply = try await client.readToEnd()
                #expect(reply.hasSuffix("worker \(worker.id)"))
            }
        }
    }

    @Test("connections that a worker was sent go to another when its channel is closed abruptly")
    func abrupt() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, _) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(first.id, signal: try #require(Signal("SIGSTOP")))
            async let one = TCPClient.get(port: port)
            async let two = TCPClient.get(port: port)
            _ = try await cluster.primary.disconnect(first.id, abrupt: true)
            _ = try await cluster.primary.kill(first.id, signal: .kill)
            #expect(try await [one, two] == ["worker \(second.id)", "worker \(second.id)"])
        }
    }

    @Test("killing workers under load costs at most what the dead ones were serving")
    func killUnderLoad() async throws {
        try await withPrimary("http-server.js") { cluster in
            let load = try await Self.replaceUnderLoad(cluster) { id in
                _ = try await cluster.primary.kill(id, signal: .kill)
            }
            // A request that a worker had begun to serve dies with it; what it had not answered does not.
            #expect(load.failed <= Self.clients && load.served > 100)
            #expect(await cluster.primary.status.handles.first?.pendingConnections == 0)
        }
    }

    @Test("replacing workers in good order under load costs nothing")
    func replaceUnderLoad() async throws {
        try await withPrimary("http-server.js") { cluster in
            let load = try await Self.replaceUnderLoad(cluster) { id in _ = try await cluster.primary.disconnect(id) }
            #expect(load.failed == 0 && load.served > 100)
        }
    }

    static let clients = 16

    /// Replaces both workers twice, one after the other, while clients connect without a pause.
    static func replaceUnderLoad(
        _ cluster: PrimaryFixture, end: (WorkerID) async throws -> Void
    ) async throws -> (served: Int, failed: Int) {
        let (_, port) = try await cluster.forkListening()
        _ = try await cluster.forkListening()
        return try await withThrowingTaskGroup(of: (served: Int, failed: Int).self) { group in
            for _ in 0..<clients {
                group.addTask {
                    var load = (served: 0, failed: 0)
                    while !Task.isCancelled {
                        do {
                            _ = try await TCPClient.get(port: port)
                            load.served += 1
                        } catch {
                            load.failed += 1
                        }
                    }
                    return load
                }
            }
            for _ in 0..<4 {
                let oldest = try #require(await cluster.primary.workers.first?.id)
                _ = try await cluster.forkListening()
                try await end(oldest)
                try await cluster.end(of: oldest)
            }
            group.cancelAll()
            return try await group.reduce((0, 0)) { ($0.0 + $1.served, $0.1 + $1.failed) }
        }
    }
}
