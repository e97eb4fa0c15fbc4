// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import TestSupport
import Testing

@Suite("One socket for each worker at one port", .serialized, .timeLimit(.minutes(1)))
struct ReuseportTests {
    @Test("the kernel spreads connections over all workers")
    func spread() async throws {
        try await withPrimary("http-server.js", settings: Self.settings) { cluster in
            let (_, port) = try await cluster.forkListening()
            for _ in 0..<3 { _ = try await cluster.forkListening() }
            var served: [String: Int] = [:]
            for _ in 0..<400 { served[try await TCPClient.get(port: port), default: 0] += 1 }
            // A worker with less than a third of its share would be one in many millions.
            #expect(served.count == 4 && served.values.allSatisfy { $0 > 33 })
        }
    }

    @Test("the others serve the connections that wait in a dead worker's socket")
    func orphans() async throws {
        try await withPrimary("http-server.js", settings: Self.settings) { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, _) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(first.id, signal: try #require(Signal("SIGSTOP")))
            let clients = try (0..<50).map { _ in try SocketClient(.tcp(port: port)) }
            for client in clients { try client.write("GET / HTTP/1.0\r\n\r\n") }
            _ = try await cluster.primary.kill(first.id, signal: .kill)
            for client in clients {
                let reply = try await client.readToEnd()
                #expect(reply.hasSuffix("worker \(second.id)"))
            }
        }
    }

    @Test("the next worker serves the connections that wait in the last one's socket")
    func replacement() async throws {
        try await withPrimary("http-server.js", settings: Self.settings) { cluster in
            let (first, port) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(first.id, signal: .kill)
            try await cluster.end(of: first.id)
            let clients = try (0..<20).map { _ in try SocketClient(.tcp(port: port)) }
            for client in clients { try client.write("GET / HTTP/1.0\r\n\r\n") }
            let next = try await cluster.fork()
            for client in clients {
                let reply = try await client.readToEnd()
                #expect(reply.hasSuffix("worker \(next)"))
            }
        }
    }

    @Test("replacing workers in good order under load costs nothing, nor does having fewer")
    func replaceUnderLoad() async throws {
        try await withPrimary("http-server.js", settings: Self.settings) { cluster in
            let load = try await RedistributionTests.replaceUnderLoad(cluster) { id in
                _ = try await cluster.primary.disconnect(id)
            }
            #expect(load.failed == 0 && load.served > 100)
        }
    }

    @Test("killing workers under load costs at most what the dead ones were serving")
    func killUnderLoad() async throws {
        try await withPrimary("http-server.js", settings: Self.settings) { cluster in
            let load = try await RedistributionTests.replaceUnderLoad(cluster) { id in
                _ = try await cluster.primary.kill(id, signal: .kill)
            }
            #expect(load.failed <= RedistributionTests.clients && load.served > 100)
        }
    }

    private static func settings(_ settings: inout ClusterSettings) {
        settings.schedulingPolicy = .reuseport
    }
}
