// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import Testing

/// Each runs in a process of its own, where nothing else opens descriptors, and which a signal ends if it hangs.
@Suite("Nothing is left behind", .serialized, .timeLimit(.minutes(2)))
struct LeakTests {
    @Test("a thousand workers that come and go leave no descriptor, thread or memory")
    func thousandWorkers() async throws {
        await #expect(processExitsWith: .success) {
            alarm(60)
            try await withPrimary("idle.js", settings: { $0.exec = "true" }) { cluster in
                try await LeakTests.forkAndEnd(100, cluster.primary)
                let before = await Footprint.settled(cluster.primary)
                try await LeakTests.forkAndEnd(1000, cluster.primary)
                let after = await Footprint.settled(cluster.primary)
                try #require(after.descriptors == before.descriptors)
                try #require(after.threads <= before.threads)
                try #require(after.residentKiB - before.residentKiB < 8 << 10)
                try #require(await cluster.primary.workers.isEmpty)
            }
        }
    }

    @Test("Node workers with servers, messages and handles leave nothing")
    func nodeWorkers() async throws {
        await #expect(processExitsWith: .success) {
            alarm(60)
            try await withPrimary("send-handles.js", settings: { $0.args = ["3"] }) { cluster in
                func round() async throws {
                    for id in try await cluster.primary.fork(count: 4).map(\.id) {
                        _ = try await cluster.log.messages(6, of: id)
                        _ = try await cluster.primary.kill(id, signal: .kill)
                        try await cluster.end(of: id)
                    }
                }
                try await round()
                let before = await Footprint.settled(cluster.primary)
                for _ in 0..<4 { try await round() }
                let after = await Footprint.settled(cluster.primary)
                try #require(
                    after.descriptors == before.descriptors,
                    "before: \(before.targets)\nafter: \(after.targets)")
            }
        }
    }

    @Test("connections that were served leave nothing")
    func connections() async throws {
        await #expect(processExitsWith: .success) {
            alarm(60)
            try await withPrimary("listen.js", settings: { $0.args = ["0"] }) { cluster in
                let (worker, port) = try await cluster.forkListening()
                func serve(_ count: Int) async throws {
                    for _ in 0..<count { _ = try await SocketClient.exchange(.tcp(port: port)) }
                }
                try await serve(50)
                let before = Footprint.now()
                try await serve(1000)
                // The last answers may still be on their way.
                while Footprint.now().descriptors > before.descriptors { await Task.yield() }
                _ = try await cluster.primary.disconnectAll()
                try await cluster.end(of: worker.id)
            }
        }
    }

    @Test("a primary that is closed over living workers leaves nothing")
    func primaries() async throws {
        await #expect(processExitsWith: .success) {
            alarm(60)
            func round() async throws {
                try await withPrimary("http-server.js") { cluster in _ = try await cluster.forkListening() }
            }
            for _ in 0..<3 { try await round() }
            let before = Footprint.now()
            try #require(before.descriptors > 3, "nothing is counted")
            for _ in 0..<10 { try await round() }
            // The last one's thread may be on its way out.
            while Footprint.now().threads > before.threads + 1 { await Task.yield() }
            while Footprint.now().descriptors > before.descriptors + 4 { await Task.yield() }
        }
    }

    /// Forks and waits for the end, a hundred at a time.
    fileprivate static func forkAndEnd(_ count: Int, _ primary: Primary) async throws {
        for _ in 0..<(count / 100) {
            let ids = try await primary.fork(count: 100).map(\.id)
            _ = try await primary.wait(for: ids, until: .exited)
            _ = try await primary.wait(for: ids, until: .disconnected)
        }
    }
}
