// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import TestSupport
import Testing

@Suite("Policy none: the workers accept", .serialized, .timeLimit(.minutes(1)))
struct SharedPolicyTests {
    @Test("workers accept from one socket")
    func serves() async throws {
        try await withPrimary("http-server.js", settings: { $0.schedulingPolicy = .none }) { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, samePort) = try await cluster.forkListening()
            #expect(port == samePort)
            let ids = ["worker \(first.id)", "worker \(second.id)"]
            for _ in 0..<10 { #expect(ids.contains(try await TCPClient.get(port: port))) }
            #expect(await cluster.primary.status.handles.map(\.workers) == [[first.id, second.id]])
        }
    }

    @Test("a worker that is killed leaves the socket to the others")
    func survives() async throws {
        try await withPrimary("http-server.js", settings: { $0.schedulingPolicy = .none }) { cluster in
            let (first, port) = try await cluster.forkListening()
            let (second, _) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(first.id, signal: .kill)
            try await cluster.end(of: first.id)
            for _ in 0..<5 { #expect(try await TCPClient.get(port: port) == "worker \(second.id)") }
        }
    }

    @Test("a socket outlives its last worker, and the next one serves what waits in it")
    func portStays() async throws {
        try await withPrimary("keep-open.js", settings: { $0.schedulingPolicy = .none }) { cluster in
            let (first, port) = try await cluster.forkListening()
            _ = try await cluster.primary.kill(first.id, signal: .kill)
            try await cluster.end(of: first.id)
            let waiting = try SocketClient(.tcp(port: port))
            let (second, samePort) = try await cluster.forkListening()
            #expect(samePort == port)
            #expect(try await waiting.readSome() == "\(second.id)")
        }
    }

    @Test("a worker disconnects in good order")
    func disconnect() async throws {
        try await withPrimary("http-server.js", settings: { $0.schedulingPolicy = .none }) { cluster in
            let (worker, _) = try await cluster.forkListening()
            _ = try await cluster.primary.disconnect(worker.id)
            let end = try await cluster.end(of: worker.id)
            #expect(end.exitCode == 0 && end.exitedAfterDisconnect == true)
        }
    }

    @Test("the policy is frozen by the first fork")
    func frozen() async throws {
        try await withPrimary("idle.js") { cluster in
            _ = try await cluster.fork()
            var patch = SettingsPatch()
            patch.schedulingPolicy = .set(.none)
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.setupPrimary(patch) }
            #expect(error?.reason == .policyFrozen)
        }
    }
}
