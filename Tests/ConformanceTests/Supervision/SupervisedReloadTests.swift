// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Shared
import Synchronization
@testable import Supervision
import TestSupport
import Testing

@Suite("A reload of real workers", .serialized, .timeLimit(.minutes(1)))
struct SupervisedReloadTests {
    @Test("under load no request fails, and all workers are new")
    func underLoad() async throws {
        try await withSupervisor("http-server.js", workers: 2) { cluster in
            let old = try await cluster.ready(2)
            let port = try await cluster.port(of: old[0])
            try await withThrowingTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask {
                        var count = 0
                        while !Task.isCancelled {
                            let answer = try await TCPClient.get(port: port)
                            #expect(answer.hasPrefix("worker "))
                            count += 1
                        }
                        #expect(count > 0)
                    }
                }
                for _ in 0..<3 {
                    let operation = try await cluster.supervisor.reload()
                    let ended = try await cluster.supervisor.wait(for: operation.id)
                    #expect(ended.verdict == .succeeded && ended.progress.replaced == 2)
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            let workers = await cluster.primary.workers.map(\.id)
            #expect(workers.count == 2 && Set(workers).isDisjoint(with: old))
        }
    }

    @Test("reloads that are refused leave nothing behind")
    func refusedAgainAndAgain() async throws {
        try await withSupervisor("http-server.js", workers: 1, policy: { $0.minReadyMs = 600_000 }) { cluster in
            _ = try await cluster.ready(1)
            let operation = try await cluster.supervisor.reload()
            for _ in 0..<20 {
                await #expect(throws: ClusterError.self) { try await cluster.supervisor.reload() }
            }
            #expect(await cluster.supervisor.revisions.count == 2)
            _ = try await cluster.supervisor.cancel(operation.id)
        }
    }

    @Test("a primary that closes within an event of its supervisor ends the supervisor's events")
    func closeWithin() async throws {
        let primary = Mutex<Primary?>(nil)
        let configuration = SupervisorConfiguration(onEvent: { event in
            guard event.kind.isReady else { return }
            primary.withLock { $0 }?.assumeIsolated { $0.close() }
        })
        try await withPrimary("http-server.js") { cluster in
            primary.withLock { $0 = cluster.primary }
            let supervisor = try Supervisor(cluster.primary, configuration: configuration)
            let events = await supervisor.events()
            try await supervisor.start(workers: 1)
            for await _ in events {}
            // Who comes later has nothing to wait for.
            for await _ in await supervisor.events() {}
            primary.withLock { $0 = nil }
        }
    }

    @Test("a program that appears later gets the variables of its files")
    func laterProgram() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "app.env")
            try Data("FROM_FILE=yes\n".utf8).write(to: file)
            let script = directory.appending(path: "later.js")
            try await withSupervisor("report.js", workers: 0, settings: { $0.ready = .online }) { cluster in
                var patch = SettingsPatch()
                patch.exec = .set(script.path)
                patch.envFiles = .set([file.path])
                _ = try await cluster.primary.setupPrimary(patch)
                try FileManager.default.copyItem(atPath: workerScript("report.js"), toPath: script.path)
                try await cluster.supervisor.scale(to: 1)
                let worker = try await cluster.ready(1)[0]
                #expect(try await cluster.cluster.log.message(1, of: worker)["env"]?["FROM_FILE"] == "yes")
            }
        }
    }

    @Test("a release that does not start is given up, and the old workers serve on")
    func aborted() async throws {
        try await withSupervisor("http-server.js", workers: 2) { cluster in
            let old = try await cluster.ready(2)
            let port = try await cluster.port(of: old[0])
            let settings = await cluster.primary.settings
            var patch = SettingsPatch()
            patch.exec = .set(workerScript("syntax-error.js"))
            patch.silent = .set(true)
            let operation = try await cluster.supervisor.reload(with: patch)
            let ended = try await cluster.supervisor.wait(for: operation.id)
            #expect(ended.verdict == .aborted && ended.failure?.code == 1)
            #expect(ended.failure?.stderr?.contains("SyntaxError") == true)
            #expect(await cluster.primary.workers.map(\.id) == old.sorted())
            #expect(await cluster.primary.settings == settings)
            #expect(try await TCPClient.get(port: port).hasPrefix("worker "))
            // What crashes afterwards is replaced by what works.
            _ = try await cluster.primary.kill(old[0], signal: .kill)
            let third = try await cluster.ready(3)[2]
            #expect(await cluster.primary.worker(third)?.exec.hasSuffix("http-server.js") == true)
        }
    }

    @Test("a release without its program is refused, and nothing has changed")
    func refused() async throws {
        try await withSupervisor("http-server.js") { cluster in
            let old = try await cluster.ready(1)
            var patch = SettingsPatch()
            patch.exec = .set("/nowhere/app.js")
            let missing = patch
            let error = await #expect(throws: ClusterError.self) { try await cluster.supervisor.reload(with: missing) }
            #expect(error?.reason == .execNotFound)
            #expect(await cluster.primary.workers.map(\.id) == old)
            #expect(await cluster.supervisor.recentOperations.isEmpty)
        }
    }

    @Test("a good release's settings become the primary's, and its files are read once")
    func adopted() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "app.env")
            try "RELEASE=2".write(to: file, atomically: true, encoding: .utf8)
            try await withSupervisor("report.js", settings: { $0.ready = .online }) { cluster in
                _ = try await cluster.ready(1)
                var patch = SettingsPatch()
                patch.envFiles = .set([file.path])
                patch.args = .set(["new"])
                let operation = try await cluster.supervisor.reload(with: patch, adjust: { $0.minReadyMs = 0 })
                #expect(try await cluster.supervisor.wait(for: operation.id).verdict == .succeeded)
                let settings = await cluster.primary.settings
                #expect(settings.args == ["new"] && settings.envFiles == [file.path])
                // What is written there now is for the next release.
                try "RELEASE=3".write(to: file, atomically: true, encoding: .utf8)
                let second = try await cluster.ready(2)[1]
                // It is ready when it is online, and says what it has a moment later.
                _ = try await cluster.cluster.log.message(1, of: second)
                _ = try await cluster.primary.kill(second, signal: .kill)
                let third = try await cluster.ready(3)[2]
                for worker in [second, third] {
                    let message = try await cluster.cluster.log.message(1, of: worker)
                    #expect(message["env"]?["RELEASE"] == "2")
                }
            }
        }
    }

    @Test("an old worker that does not leave gets SIGTERM, and that is not a command")
    func ladder() async throws {
        try await withSupervisor(
            "idle-timer.js", policy: { $0.drainTimeoutMs = 50 }, settings: { $0.ready = .online }
        ) { cluster in
            let old = try await cluster.ready(1)[0]
            let operation = try await cluster.supervisor.reload()
            #expect(try await cluster.supervisor.wait(for: operation.id).verdict == .succeeded)
            let (worker, report) = try await cluster.cluster.exit(of: old)
            #expect(report.signal == .terminate && report.reason == .disconnected && report.requestId == nil)
            #expect(worker.exitedAfterDisconnect == true)
            let leaving = try await cluster.cluster.log.first(.leaving, of: old)
            #expect(leaving.worker?.leaving?.deadline != nil)
        }
    }

    @Test("scale adds instances and removes those with the highest numbers")
    func scale() async throws {
        try await withSupervisor("http-server.js") { cluster in
            let first = try await cluster.ready(1)
            let up = try await cluster.supervisor.scale(to: 3)
            #expect(try await cluster.supervisor.wait(for: up.id).verdict == .succeeded)
            #expect(await cluster.supervisor.instances.map(\.state) == [.ready, .ready, .ready])
            let down = try await cluster.supervisor.scale(to: 1)
            #expect(try await cluster.supervisor.wait(for: down.id).verdict == .succeeded)
            #expect(await cluster.supervisor.instances.map(\.workerId) == first)
        }
    }

    @Test("without a program at the start, the one that is set up later is run")
    func firstProgram() async throws {
        try await withSupervisor("", workers: 0, settings: { $0.exec = nil }) { cluster in
            var patch = SettingsPatch()
            patch.args = .set(["new"])
            _ = try await cluster.primary.setupPrimary(patch)
            let error = await #expect(throws: ClusterError.self) { try await cluster.supervisor.scale(to: 1) }
            #expect(error?.reason == .execNotSet)
            patch.exec = .set(workerScript("http-server.js"))
            _ = try await cluster.primary.setupPrimary(patch)
            try await cluster.supervisor.scale(to: 1)
            let worker = try await cluster.ready(1)[0]
            #expect(await cluster.primary.worker(worker)?.args == ["new"])
        }
    }

    @Test("a release that was found bad is not accepted while no worker could prove it")
    func rejected() async throws {
        try await withSupervisor("http-server.js") { cluster in
            _ = try await cluster.ready(1)
            var patch = SettingsPatch()
            patch.exec = .set(workerScript("syntax-error.js"))
            patch.silent = .set(true)
            var verdicts: [OperationInfo] = []
            for workers in [1, 0] {
                let scale = try await cluster.supervisor.scale(to: workers)
                _ = try await cluster.supervisor.wait(for: scale.id)
                let operation = try await cluster.supervisor.reload(with: patch)
                verdicts.append(try await cluster.supervisor.wait(for: operation.id))
            }
            #expect(verdicts.map(\.verdict) == [.aborted, .aborted])
            #expect(verdicts[1].failure == verdicts[0].failure && verdicts[1].failure?.code == 1)
            #expect(await cluster.primary.settings.exec == workerScript("http-server.js"))
            try await cluster.supervisor.scale(to: 1)
            _ = try await cluster.ready(2)
        }
    }

    @Test("with reuseport each instance keeps its socket, so the primary has nothing to hand over")
    func slots() async throws {
        try await withSupervisor(
            "http-server.js", workers: 2, settings: { $0.schedulingPolicy = .reuseport }
        ) { cluster in
            let port = try await cluster.port(of: try await cluster.ready(2)[0])
            for _ in 0..<2 {
                let operation = try await cluster.supervisor.reload()
                #expect(try await cluster.supervisor.wait(for: operation.id).verdict == .succeeded)
            }
            var served: Set<String> = []
            for _ in 0..<100 { served.insert(try await TCPClient.get(port: port)) }
            #expect(served.count == 2)
            #expect(await cluster.primary.statistics.connections.handedOver == 0)
        }
    }

    @Test("settings that change without a reload wait for one")
    func setUp() async throws {
        try await withSupervisor("http-server.js") { cluster in
            let first = try await cluster.ready(1)[0]
            var patch = SettingsPatch()
            patch.args = .set(["new"])
            _ = try await cluster.primary.setupPrimary(patch)
            _ = try await cluster.primary.kill(first, signal: .kill)
            let second = try await cluster.ready(2)[1]
            #expect(await cluster.primary.worker(second)?.args == [])
            let operation = try await cluster.supervisor.reload()
            #expect(try await cluster.supervisor.wait(for: operation.id).verdict == .succeeded)
            #expect(await cluster.primary.workers.map(\.args) == [["new"]])
        }
    }
}
