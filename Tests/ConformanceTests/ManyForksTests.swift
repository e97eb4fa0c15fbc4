// SPDX-License-Identifier: Apache-2.0

import Cluster
import Glibc
import Shared
import Testing

@Suite("Many workers at once", .serialized, .timeLimit(.minutes(1)))
struct ManyForksTests {
    private static let count = 200

    private func withSleepers(_ body: (PrimaryFixture) async throws -> Void) async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.exec = "/bin/sleep"
            settings.args = ["1000"]
            settings.stdio = [.ignore, .ignore, .ignore, .ipc]
        }
        try await withPrimary("", settings: settings, body)
    }

    /// Begins a fork of many, and `command` as the call that came right after it.
    private func interrupt<Result: Sendable>(
        _ primary: isolated Primary, _ command: @escaping @Sendable (isolated Primary) -> Result
    ) async -> (fork: Task<[WorkerInfo], any Error>, result: Result) {
        let fork = Task { try await primary.fork(count: Self.count) }
        let second = Task { command(primary) }
        return (fork, await second.value)
    }

    @Test("other calls are answered during a fork, which returns when all workers have their processes")
    func answersMeanwhile() async throws {
        try await withSleepers { cluster in
            let (fork, there) = await interrupt(cluster.primary) { $0.workers.count }
            #expect((1..<Self.count).contains(there))
            let workers = try await fork.value
            #expect(workers.count == Self.count)
            #expect(workers.allSatisfy { $0.pid != nil })
            #expect(workers.map(\.id) == workers.map(\.id).sorted())
        }
    }

    @Test("settings that change meanwhile apply to the next fork")
    func settingsChange() async throws {
        try await withSleepers { cluster in
            let (fork, settings) = await interrupt(cluster.primary) { primary in
                var patch = SettingsPatch()
                patch.args = .set(["2000"])
                return try? primary.setupPrimary(patch)
            }
            let workers = try await fork.value
            #expect(workers.count == Self.count)
            #expect(workers.allSatisfy { $0.args == ["1000"] })
            #expect(settings?.args == ["2000"])
        }
    }

    @Test("if all workers are told to disconnect during a fork, no more are forked")
    func disconnectAll() async throws {
        try await withSleepers { cluster in
            let (fork, told) = await interrupt(cluster.primary) { try? $0.disconnectAll() }
            let error = await #expect(throws: ClusterError.self) { try await fork.value }
            #expect(error?.reason == .forkWithdrawn)
            let ids = try #require(told).map(\.id)
            #expect(error?.metadata["forked"] == "\(ids.count)")
            #expect((1..<Self.count).contains(ids.count))
            #expect(await cluster.primary.workers.map(\.id) == ids)
        }
    }

    @Test("a primary that is closed during a fork leaves no process behind")
    func close() async throws {
        try await withSleepers { cluster in
            let (fork, pids) = await interrupt(cluster.primary) { primary in
                let pids = primary.workers.compactMap(\.pid)
                primary.close()
                return pids
            }
            let error = await #expect(throws: ClusterError.self) { try await fork.value }
            #expect(error?.reason == .forkWithdrawn)
            #expect(!pids.isEmpty)
            // They have been reaped, and are children no more.
            #expect(pids.allSatisfy { waitpid($0, nil, WNOHANG) == -1 })
        }
    }

    @Test("a worker that is killed during a fork is still among the forked ones")
    func kill() async throws {
        try await withSleepers { cluster in
            let (fork, first) = await interrupt(cluster.primary) { primary in
                try? primary.workers.first.map { try primary.kill($0.id, signal: .kill).id }
            }
            let workers = try await fork.value
            #expect(workers.count == Self.count)
            let id = try #require(first)
            #expect(try await cluster.exit(of: id).report.signal == .kill)
        }
    }

    @Test("a caller that does not wait still gets its workers")
    func cancelled() async throws {
        try await withSleepers { cluster in
            let (fork, _) = await interrupt(cluster.primary) { _ in }
            fork.cancel()
            let workers = try await fork.value
            #expect(workers.count == Self.count)
        }
    }

    @Test("two forks at once are refused if they would pass the limit together")
    func limit() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.exec = "/bin/sleep"
            settings.args = ["1000"]
        }
        try await withPrimary("", settings: settings, configuration: { $0.maxWorkers = Self.count + 1 }) { cluster in
            let (fork, _) = await interrupt(cluster.primary) { _ in }
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.fork(count: 2) }
            #expect(error?.reason == .tooManyWorkers)
            _ = try await cluster.primary.fork()
            let workers = try await fork.value
            #expect(workers.count == Self.count)
        }
    }
}
