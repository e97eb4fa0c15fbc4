// SPDX-License-Identifier: Apache-2.0

import Cluster
import Foundation
import Glibc
import Shared
import Supervision
import TestSupport
import Testing

@Suite("A supervisor", .serialized, .timeLimit(.minutes(1)))
struct ReplacementTests {
    @Test("a worker that crashes is replaced after a delay, in the same instance")
    func crash() async throws {
        try await withSupervisor("http-server.js", workers: 2, policy: { $0.backoffMs = 20 }) { cluster in
            let workers = try await cluster.ready(2)
            let port = try await cluster.port(of: workers[0])
            _ = try? await TCPClient.get(port: port, path: "/crash")
            let restart = try await cluster.log.first { $0.kind.restart != nil }
            #expect(restart.kind.restart?.attempt == 1 && (20...25).contains(restart.kind.restart?.delayMs ?? 0))
            let new = try await cluster.log.first(3) { $0.kind.isReady }[2]
            #expect(new.instance == restart.instance && new.workerId != restart.workerId)
            let status = await cluster.supervisor.status
            #expect(status.phase == .stable && status.ready == 2 && status.lastFailure?.signal == Signal("SIGABRT"))
            #expect(try await TCPClient.get(port: port).hasPrefix("worker "))
        }
    }

    @Test("a worker knows its instance, and a replacement has the same")
    func instanceNumber() async throws {
        let configuration = SupervisorConfiguration(instanceVariable: "NODE_APP_INSTANCE")
        try await withSupervisor("report.js", settings: { $0.ready = .online }, configuration: configuration) {
            cluster in
            var seen: Set<WorkerID> = []
            for count in 1...2 {
                let worker = try await cluster.ready(count)[count - 1]
                let environment = try await cluster.cluster.log.message(1, of: worker)["env"]
                #expect(environment?["CLUSTER_INSTANCE"] == "0" && environment?["NODE_APP_INSTANCE"] == "0")
                seen.insert(worker)
                _ = try await cluster.primary.kill(worker, signal: .kill)
            }
            #expect(seen.count == 2)
        }
    }

    @Test("a program that ends at once is tried less and less often, and given up if the policy says so")
    func exitLoop() async throws {
        let policy = { (policy: inout SupervisionPolicy) in
            policy.backoffMs = 1
            policy.intensity = 3
        }
        try await withSupervisor(
            "ends.js", policy: policy,
            settings: {
                $0.args = [#"["exit", 3]"#]
                $0.ready = .listening
            }
        ) { cluster in
            try await cluster.log.first { if case .gaveUp = $0.kind { true } else { false } }
            #expect(await cluster.log.events.compactMap { $0.kind.restart?.attempt } == [1, 2, 3])
            let status = await cluster.supervisor.status
            #expect(status.phase == .gaveUp && status.lastFailure?.code == 3)
            #expect(await cluster.primary.workers.isEmpty)
        }
    }

    @Test("a worker that somebody kills is replaced, and has not failed")
    func kill() async throws {
        try await withSupervisor("http-server.js") { cluster in
            let worker = try await cluster.ready(1)[0]
            _ = try await cluster.primary.kill(worker, signal: .kill)
            let restart = try await cluster.log.first { $0.kind.restart != nil }
            #expect(restart.kind.restart?.attempt == 0 && restart.because?.reason == .kill)
            _ = try await cluster.ready(2)
            #expect(await cluster.supervisor.status.lastFailure == nil)
            #expect(await cluster.supervisor.instances.map(\.instance) == [0])
        }
    }

    @Test("a worker that somebody disconnects is no longer wanted")
    func disconnect() async throws {
        try await withSupervisor("http-server.js", workers: 2) { cluster in
            let workers = try await cluster.ready(2)
            let left = try await cluster.primary.disconnect(workers[0], requestID: "r1")
            // The policy's ladder holds for it.
            #expect(left.leaving?.deadline != nil)
            #expect(await cluster.supervisor.status.desired == 1)
            try await cluster.cluster.end(of: workers[0])
            #expect(await cluster.primary.workers.map(\.id) == [workers[1]])
            let event = try await cluster.log.first { $0.because?.reason == .disconnect }
            #expect(event.because?.origin == "r1")
        }
    }

    @Test("if all workers are told to disconnect, none is wanted, and the port closes")
    func disconnectAll() async throws {
        try await withSupervisor("http-server.js", workers: 2) { cluster in
            let workers = try await cluster.ready(2)
            let port = try await cluster.port(of: workers[0])
            _ = try await cluster.primary.disconnectAll()
            for worker in workers { try await cluster.cluster.end(of: worker) }
            #expect(await cluster.supervisor.status.desired == 0)
            try await SocketClient.waitUntilRefused(port: port)
            #expect(await cluster.primary.status.handles.isEmpty)
        }
    }

    @Test("a worker that was forked by a command is left alone")
    func forked() async throws {
        try await withSupervisor("http-server.js") { cluster in
            let supervised = try await cluster.ready(1)[0]
            let (forked, _) = try await cluster.cluster.forkListening()
            _ = try await cluster.primary.kill(forked.id, signal: .kill)
            try await cluster.cluster.end(of: forked.id)
            #expect(await cluster.primary.workers.map(\.id) == [supervised])
            #expect(await cluster.supervisor.view(of: forked.id) == nil)
        }
    }

    @Test("the replacement of the only worker serves the connections that wait")
    func portStays() async throws {
        try await withSupervisor("keep-open.js", policy: { $0.backoffMs = 50 }) { cluster in
            let first = try await cluster.ready(1)[0]
            let port = try await cluster.port(of: first)
            // Nobody's command.
            let pid = try #require(await cluster.primary.worker(first)?.pid)
            _ = Foundation.kill(pid, SIGSEGV)
            try await cluster.cluster.end(of: first)
            let waiting = try SocketClient(.tcp(port: port))
            let second = try await cluster.ready(2)[1]
            #expect(try await waiting.readSome() == "\(second)")
        }
    }

    @Test("nobody is replaced while the primary stops, and the operation under way is interrupted")
    func stop() async throws {
        try await withSupervisor("idle.js", workers: 2, settings: { $0.ready = .online }) { cluster in
            _ = try await cluster.ready(2)
            var patch = SettingsPatch()
            patch.ready = .set(.listening)
            let operation = try await cluster.supervisor.reload(with: patch)
            #expect(await cluster.primary.stop(within: .seconds(5)) == [])
            #expect(try await cluster.supervisor.wait(for: operation.id).verdict == .interrupted)
            #expect(await cluster.primary.workers.isEmpty)
        }
    }

    @Test(
        "a worker that a command has asked to end finishes its connections, and its replacement does not wait for that")
    func drain() async throws {
        let policy = { (policy: inout SupervisionPolicy) in
            policy.drainTimeoutMs = 1
            policy.killTimeoutMs = 50_000
        }
        try await withSupervisor("drain.js", policy: policy) { cluster in
            let old = try await cluster.ready(1)[0]
            let client = try SocketClient(.tcp(port: try await cluster.port(of: old)))
            _ = try await cluster.cluster.log.message(1, of: old)
            _ = try await cluster.primary.kill(old, signal: .terminate, requestID: "kill-1")
            let new = try await cluster.ready(2)[1]
            #expect(new != old)
            try client.write("hello")
            #expect(try await client.readToEnd() == "\(old)")
            try client.endWriting()
            let report = try await cluster.cluster.exit(of: old).report
            #expect(report.code == 0, "\(report)")
            let restart = try await cluster.log.first { $0.kind.restart != nil }
            #expect(restart.because == SupervisorCause(.kill, origin: "kill-1") && restart.kind.restart?.attempt == 0)
            #expect(await cluster.supervisor.status.lastFailure == nil)
        }
    }

    /// A worker may have an eighth of the descriptors as sockets.
    @Test(
        "a worker that closes more ports than are shown, and keeps one, is ready", .enabled(if: openFileLimit >= 4096))
    func manyPorts() async throws {
        try await withSupervisor("many-ports.js") { cluster in
            let worker = try await cluster.ready(1)[0]
            while await cluster.primary.status.handles.count < 300 { await Task.yield() }
            try await cluster.cluster.send("0", to: worker)
            _ = try await cluster.cluster.log.message(1, of: worker)
            #expect(await cluster.primary.status.handles.count == 1)
            #expect(await cluster.supervisor.instances.map(\.state) == [.ready])
        }
    }

    @Test("another call is answered before all workers of a scale are forked")
    func answersMeanwhile() async throws {
        let settings = { (settings: inout ClusterSettings) in
            settings.exec = "/bin/sleep"
            settings.args = ["1000"]
            settings.stdio = [.ignore, .ignore, .ignore, .ipc]
            settings.ready = .immediately
        }
        try await withSupervisor("", workers: 0, settings: settings) { cluster in
            let operation = try await cluster.supervisor.scale(to: 200)
            let there = await cluster.primary.workers.count
            #expect((1..<200).contains(there))
            #expect(try await cluster.supervisor.wait(for: operation.id).verdict == .succeeded)
            #expect(await cluster.primary.workers.count == 200)
            // What is taken back meanwhile is not forked.
            _ = try await cluster.supervisor.scale(to: 400)
            _ = try await cluster.supervisor.scale(to: 200, .anonymous(conflict: .cancelOther))
            #expect(await cluster.primary.workers.count < 400)
            #expect(await cluster.supervisor.status.desired == 200)
        }
    }

    @Test("a worker with too much memory is replaced, the new one first")
    func memory() async throws {
        let configuration = SupervisorConfiguration(sampleInterval: .milliseconds(10))
        try await withSupervisor(
            "http-server.js", policy: { $0.maxMemoryBytes = 1 << 20 }, configuration: configuration
        ) { cluster in
            let first = try await cluster.ready(1)[0]
            let limit = try await cluster.log.first { if case .limit = $0.kind { true } else { false } }
            #expect(limit.workerId == first && limit.because == nil || limit.because?.reason == .memory)
            _ = try await cluster.ready(2)
            try await cluster.cluster.end(of: first)
            #expect(await cluster.supervisor.status.lastFailure == nil)
        }
    }

    @Test("a program whose directory has gone is found anew")
    func foundAnew() async throws {
        try await withTemporaryDirectory { directory in
            let (old, new) = (directory.appending(path: "1"), directory.appending(path: "2"))
            let current = directory.appending(path: "current")
            for release in [old, new] {
                try FileManager.default.createDirectory(at: release, withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    atPath: workerScript("http-server.js"), toPath: release.appending(path: "app.js").path)
            }
            try FileManager.default.createSymbolicLink(at: current, withDestinationURL: old)
            try await withSupervisor(
                "http-server.js", settings: { $0.exec = current.appending(path: "app.js").path }
            ) { cluster in
                let first = try await cluster.ready(1)[0]
                #expect(await cluster.primary.worker(first)?.exec.hasSuffix("/1/app.js") == true)
                try FileManager.default.removeItem(at: current)
                try FileManager.default.createSymbolicLink(at: current, withDestinationURL: new)
                _ = try await cluster.primary.kill(first, signal: .kill)
                // As it was resolved, although the link leads elsewhere by now.
                let second = try await cluster.ready(2)[1]
                #expect(await cluster.primary.worker(second)?.exec.hasSuffix("/1/app.js") == true)
                try FileManager.default.removeItem(at: old)
                _ = try await cluster.primary.kill(second, signal: .kill)
                let third = try await cluster.ready(3)[2]
                #expect(await cluster.primary.worker(third)?.exec.hasSuffix("/2/app.js") == true)
                try await cluster.log.first { if case .resolvedAnew = $0.kind { true } else { false } }
            }
        }
    }
}

private var openFileLimit: rlim_t {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return limit.rlim_cur
}
