// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import TestSupport
import Testing

@Suite("Disconnecting", .serialized, .timeLimit(.minutes(1)))
struct DisconnectTests {
    @Test("a worker that is told to disconnect exits with 0")
    func graceful() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (worker, _) = try await cluster.forkListening()
            let asked = try await cluster.primary.disconnect(worker.id)
            #expect(asked.exitedAfterDisconnect == true && asked.connected)
            #expect(try await cluster.log.first(.disconnect, of: worker.id).worker?.exitedAfterDisconnect == true)
            let end = try await cluster.end(of: worker.id)
            #expect(end.exitCode == 0 && end.exitedAfterDisconnect == true)
        }
    }

    @Test("a worker first waits for the connections of its servers")
    func waitsForConnections() async throws {
        try await withPrimary("keep-open.js") { cluster in
            let (worker, port) = try await cluster.forkListening()
            let client = try SocketClient(.tcp(port: port))
            #expect(try await client.readSome() == "1")
            _ = try await cluster.primary.disconnect(worker.id)
            try await cluster.send("0", to: worker.id)
            #expect(await cluster.primary.worker(worker.id)?.connected == true)
            withExtendedLifetime(client) {}
            _ = consume client
            try await cluster.end(of: worker.id)
        }
    }

    @Test("a worker that is told before its program has begun still leaves in good order")
    func beforeOnline() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.fork()
            _ = try await cluster.primary.disconnect(id)
            let end = try await cluster.end(of: id)
            #expect(end.exitCode == 0 && end.exitedAfterDisconnect == true)
        }
    }

    @Test("an abrupt disconnect closes the channel at once and the worker ends itself with 0")
    func abrupt() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (worker, _) = try await cluster.forkListening()
            let after = try await cluster.primary.disconnect(worker.id, abrupt: true)
            #expect(!after.connected && after.state == .disconnected)
            let (exited, report) = try await cluster.exit(of: worker.id)
            #expect(report.code == 0 && exited.exitedAfterDisconnect == false)
            #expect(await cluster.log.kinds(of: worker.id).suffix(2) == [.disconnect, .exit])
        }
    }

    @Test("an abrupt disconnect needs nothing from a worker that is stopped")
    func abruptWhileStopped() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGSTOP")))
            let worker = try await cluster.primary.disconnect(id, abrupt: true)
            #expect(!worker.connected && !worker.dead)
            _ = try await cluster.primary.kill(id, signal: .kill)
            #expect(try await cluster.exit(of: id).report.signal == .kill)
        }
    }

    @Test("asking twice changes nothing")
    func twice() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (worker, _) = try await cluster.forkListening()
            _ = try await cluster.primary.disconnect(worker.id)
            _ = try? await cluster.primary.disconnect(worker.id)
            try await cluster.end(of: worker.id)
            #expect(await cluster.log.kinds(of: worker.id).suffix(2) == [.disconnect, .exit])
        }
    }

    @Test("a worker that is killed while it disconnects still counts as disconnected")
    func thenKill() async throws {
        try await withPrimary("keep-open.js") { cluster in
            let (worker, port) = try await cluster.forkListening()
            let client = try SocketClient(.tcp(port: port))
            _ = try await client.readSome()
            _ = try await cluster.primary.disconnect(worker.id)
            _ = try await cluster.primary.kill(worker.id, signal: .kill)
            let end = try await cluster.end(of: worker.id)
            #expect(end.signal == "SIGKILL" && end.exitedAfterDisconnect == true)
        }
    }

    @Test("all workers leave, and then the port is closed")
    func all() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (_, port) = try await cluster.forkListening()
            _ = try await cluster.forkListening()
            let ids = try await cluster.primary.disconnectAll().map(\.id)
            #expect(ids.count == 2)
            for id in ids { try await cluster.end(of: id) }
            #expect(await cluster.primary.workers.isEmpty)
            #expect(await cluster.primary.status.handles.isEmpty)
            try await SocketClient.waitUntilRefused(port: port)
        }
    }

    @Test("without workers there is nothing to disconnect")
    func none() async throws {
        try await withPrimary("idle.js") { cluster in
            let workers = try await cluster.primary.disconnectAll()
            #expect(workers.isEmpty)
        }
    }

    @Test("the other workers serve on while one leaves")
    func othersServe() async throws {
        try await withPrimary("http-server.js") { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, _) = try await cluster.forkListening()
            _ = try await cluster.primary.disconnect(first.id)
            for _ in 0..<5 { #expect(try await TCPClient.get(port: port) == "worker \(second.id)") }
            try await cluster.end(of: first.id)
            #expect(try await TCPClient.get(port: port) == "worker \(second.id)")
        }
    }

    @Test("a port outlives its last worker while others are due, and they serve what waits")
    func portStays() async throws {
        try await withPrimary("keep-open.js") { cluster in
            let (first, port) = try await cluster.forkListening()
            _ = try await cluster.primary.disconnect(first.id)
            try await cluster.end(of: first.id)
            let waiting = try SocketClient(.tcp(port: port))
            let (second, samePort) = try await cluster.forkListening()
            #expect(samePort == port)
            #expect(try await waiting.readSome() == "\(second.id)")
        }
    }

    @Test("a port without a replacement closes, and so do the connections that wait")
    func portCloses() async throws {
        let linger = { (configuration: inout PrimaryConfiguration) in
            configuration.listenerLinger = .milliseconds(50)
        }
        try await withPrimary("keep-open.js", configuration: linger) { cluster in
            let (worker, port) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(worker.id, signal: .kill)
            try await cluster.end(of: worker.id)
            try await SocketClient.waitUntilRefused(port: port)
            #expect(await cluster.primary.status.handles.isEmpty)
            let (second, _) = try await cluster.forkListening()
            #expect(await cluster.primary.status.handles.map(\.workers) == [[second.id]])
        }
    }

    @Test("a worker that does not exist cannot be disconnected")
    func unknown() async throws {
        try await withPrimary("idle.js") { cluster in
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.disconnect(.first) }
            #expect(error?.reason == .workerNotFound)
        }
    }
}
