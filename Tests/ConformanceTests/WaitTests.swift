// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Testing

/// Workers whose end comes about when somebody begins to wait for them.
@Suite("A wait is answered", .serialized, .timeLimit(.minutes(2)))
struct WaitTests {
    @Test("a wait is answered if a worker is killed as soon as it is there")
    func killed() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.exec = "/bin/sleep"
            settings.args = ["600"]
        }
        try await withPrimary("", settings: settings) { cluster in
            let primary = cluster.primary
            for _ in 0..<300 {
                let id = try await cluster.fork()
                async let early = primary.wait(for: [id], until: .exited)
                _ = try await primary.kill(id, signal: .kill)
                let late = try await primary.wait(for: [id], until: .exited)
                for worker in try await early + late { #expect(worker.dead && worker.signal == "SIGKILL") }
            }
        }
    }

    @Test("a wait is answered for a program that knows nothing of clusters")
    func silent() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.exec = "/bin/sleep"
            settings.args = ["600"]
        }
        try await withPrimary("", settings: settings) { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.disconnect(id)
            let end = try await cluster.end(of: id)
            #expect(end.signal == "SIGTERM" && end.exit?.reason == .disconnected)
        }
    }

    @Test("a wait is answered if a program ends at once")
    func ended() async throws {
        try await withPrimary("", settings: { $0.exec = "/bin/true" }) { cluster in
            let primary = cluster.primary
            for _ in 0..<100 {
                let id = try await cluster.fork()
                async let exited = primary.wait(for: [id], until: .exited)
                async let disconnected = primary.wait(for: [id], until: .disconnected)
                let error = await #expect(throws: ClusterError.self) {
                    try await primary.wait(for: [id], until: .online)
                }
                #expect(error?.reason == .workerExited)
                #expect(try await exited[0].exitCode == 0)
                #expect(try await disconnected[0].connected == false)
            }
        }
    }
}
