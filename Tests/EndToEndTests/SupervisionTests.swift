// SPDX-License-Identifier: Apache-2.0

import Contract
import Foundation
import Shared
import Synchronization
import TestSupport
import Testing

/// An agent that keeps its workers running.
@Suite(.timeLimit(.minutes(2)))
struct SupervisionTests {
    /// An agent's words for `release.js`, with quick tries.
    private static func app(_ release: String, workers: Int = 1, _ options: String...) -> [String] {
        ["--restart", "always", "--min-ready", "100ms", "--workers", "\(workers)"] + options
            + [workerScript("release.js"), release]
    }

    private static func withApp(
        _ release: String = "good", workers: Int = 1, _ body: (RunningAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(app(release, workers: workers), in: directory) { agent in
                if release == "good" { try await agent.awaitReady(workers) }
                try await body(agent)
            }
        }
    }

    // MARK: Keeping workers

    @Test func `a killed worker is replaced in its instance`() async throws {
        try await Self.withApp(workers: 2) { agent in
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL"}"#)
            try await agent.awaitReady(3)
            let workers = try await agent.workers().filter { !$0.dead }
            #expect(workers.compactMap(\.instance).sorted() == [0, 1] && workers.allSatisfy(\.supervised))
            let status = try await agent.supervision()
            #expect(status.desired == 2 && status.phase == .stable && status.lastFailure == nil)
            let restart = try #require(try await agent.history("type=restart").first)
            #expect(restart.data["because"] == "kill" && restart.data["attempt"] == 0 && restart.requestId != nil)
            #expect(try await agent.event(.exit, of: 1).data["instance"] == 0)
        }
    }

    @Test func `a disconnect lowers the desired number, and its worker leaves by a deadline`() async throws {
        try await Self.withApp(workers: 2) { agent in
            let worker = try await agent.post("/v1/workers/1:disconnect").decoded(WorkerInfo.self)
            #expect(worker.leaving?.deadline != nil || worker.dead)
            let leaving = try await agent.event(.leaving, of: 1)
            #expect(leaving.data["deadline"] != .null && leaving.data["reason"] == "command")
            #expect(leaving.data["instance"] == 0)
            #expect(try await agent.event(.disconnect, of: 1).data["instance"] == 0)
            #expect(try await agent.event(.exit, of: 1).data["instance"] == 0)
            #expect(try await agent.supervision().desired == 1)
            let scale = try #require(try await agent.history("type=scale").last)
            #expect(scale.data["from"] == 2 && scale.data["to"] == 1 && scale.data["because"] == "disconnect")
            #expect(scale.data["principal"] == .string("uid:\(geteuid())"))
        }
    }

    @Test func `forked workers are left alone`() async throws {
        try await Self.withApp { agent in
            let forked = try await agent.forkListening()[0]
            #expect(!forked.supervised && forked.instance == nil)
            try await agent.post("/v1/workers/\(forked.id):kill", #"{"signal": "SIGKILL", "wait": true}"#)
            let reload = try await agent.run("/v1/cluster:reload")
            #expect(reload.verdict == .succeeded && reload.unsupervised == 0)
            #expect(try await agent.workers().filter { !$0.dead }.map(\.instance) == [0])
        }
    }

    @Test func `restart never is Node's way`() async throws {
        try await withAgent("--restart", "never", "--workers", "1", workerScript("release.js"), "good") { agent in
            try await agent.awaitReady(1)
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL", "wait": true}"#)
            #expect(try await agent.supervision().desired == 0)
            #expect(try await agent.workers().isEmpty)
            #expect(try await agent.call("GET", "/readyz").status == 200)
        }
    }

    @Test func `an app that crashes at its start shows its last words, and is well when it is fixed`() async throws {
        try await Self.withApp("crash") { agent in
            try await agent.withWatch("afterSeq=earliest&type=restart") { watch in
                let third = try await watch.first { $0.data["attempt"] == 3 }
                guard case .integer(let delay)? = third.data["delayMs"] else { throw Missing() }
                // 100 ms, doubled twice, and up to a quarter more.
                #expect((400...500).contains(delay) && third.data["instance"] == 0)
            }
            let status = try await agent.supervision()
            #expect(status.phase == .failing && status.ready == 0)
            #expect(status.lastFailure?.stderr?.contains("Error: no database") == true)
            #expect(status.lastFailure?.code == 1)
            let ready = try await agent.call("GET", "/readyz")
            #expect(ready.status == 503 && ready.body.contains("ended with code 1"))
            // The agent's own stderr has the words too, and its log the line.
            _ = try await agent.program.errors.first { $0.contains("Error: no database") }
            let fixed = try await agent.run("/v1/cluster:reload", #"{"settings": {"args": ["good"]}}"#)
            #expect(fixed.verdict == .succeeded)
            #expect(try await agent.supervision().phase == .stable)
        }
    }

    @Test func `an agent ends with 70 once all have given up, if configured`() async throws {
        try await withTemporaryDirectory { directory in
            let words = Self.app("crash", "--intensity", "1", "--when-given-up", "exit")
            let program = try RunningAgent.launch(words, in: directory)
            #expect(await program.status() == 70)
            let errors = await program.errors.whole().joined(separator: "\n")
            #expect(errors.contains("all workers have failed too often") && errors.contains("no database"))
        }
    }

    @Test func `the workers' output comes out of the agent`() async throws {
        try await Self.withApp(workers: 2) { agent in
            for instance in 0...1 {
                _ = try await agent.program.output.first { $0 == "instance \(instance) runs good" }
            }
        }
    }

    @Test func `a worker is ready when it says so on NOTIFY_SOCKET`() async throws {
        let options = ["--restart", "always", "--workers", "1", "--worker-ready", "notify"]
        try await withTemporaryDirectory { directory in
            try await runAgent(options + ["python3", workerScript("notify.py")], in: directory) { agent in
                try await agent.awaitReady(1)
                #expect(try await agent.worker(1).ready == true)
            }
        }
    }

    // MARK: Operations

    @Test func `a scale goes up and down`() async throws {
        try await Self.withApp { agent in
            let up = try await agent.run("/v1/cluster:scale", #"{"workers": 3}"#)
            #expect(up.verdict == .succeeded && up.progress.total == 2)
            #expect(try await agent.supervision().ready == 3)
            #expect(try await agent.run("/v1/cluster:scale", #"{"workers": 1}"#).verdict == .succeeded)
            #expect(try await agent.workers().map(\.instance) == [0])
            let empty = try await agent.run("/v1/cluster:scale", #"{"workers": 0}"#)
            #expect(empty.verdict == .succeeded)
            #expect(try await agent.call("GET", "/readyz").status == 200)
        }
    }

    @Test func `a good release replaces all workers and becomes the settings`() async throws {
        try await Self.withApp(workers: 2) { agent in
            let reload = try await agent.run(
                "/v1/cluster:reload", #"{"settings": {"args": ["good", "0"]}, "maxSurge": "100%"}"#)
            #expect(reload.verdict == .succeeded && reload.progress.replaced == 2)
            #expect(try await agent.get("/v1/cluster/settings", as: ClusterSettings.self).args == ["good", "0"])
            let workers = try await agent.workers()
            #expect(workers.map(\.args) == [["good", "0"], ["good", "0"]])
            #expect(workers.compactMap(\.instance).sorted() == [0, 1])
            #expect(try await agent.get("/v1/operations/\(reload.id)", as: OperationInfo.self) == reload)
        }
    }

    @Test(
        arguments: [
            ("crash", WorkerFailure.Reason.exited, 1), ("mute", .notReady, nil), ("late", .exited, 4),
        ] as [(String, WorkerFailure.Reason, Int32?)])
    func `a bad release is given up, and the old workers serve on`(
        release: String, reason: WorkerFailure.Reason, code: Int32?
    ) async throws {
        try await Self.withApp(workers: 2) { agent in
            let before = try await agent.get("/v1/cluster/settings", as: ClusterSettings.self)
            let reload = try await agent.run(
                "/v1/cluster:reload",
                #"{"settings": {"args": ["\#(release)"]}, "readyTimeoutMs": 2000, "minReadyMs": 2000}"#)
            #expect(reload.verdict == .aborted && reload.failure?.reason == reason)
            if let code { #expect(reload.failure?.code == code) }
            if release == "crash" { #expect(reload.failure?.stderr?.contains("no database") == true) }
            #expect(try await agent.get("/v1/cluster/settings", as: ClusterSettings.self) == before)
            #expect(try await agent.workers().filter { !$0.dead && $0.leaving == nil }.map(\.id.rawValue) == [1, 2])
            // A crash afterwards is replaced by what works.
            try await agent.post("/v1/workers/1:kill", #"{"signal": "SIGKILL"}"#)
            try await agent.awaitReady(release == "late" ? 4 : 3)
            #expect(try await agent.workers().filter { !$0.dead }.allSatisfy { $0.args == ["good"] })
        }
    }

    @Test func `a restart replaces one worker`() async throws {
        try await Self.withApp(workers: 2) { agent in
            let restart = try await agent.run("/v1/workers/2:restart")
            let worker = try await agent.worker(2)
            let instance = try #require(worker.instance)
            #expect(restart.verdict == .succeeded && restart.progress.instances.map(\.instance) == [instance])
            #expect(worker.dead && worker.exit?.reason == .disconnected)
            #expect(try await agent.event(.leaving, of: 2).data["reason"] == "supervision")
            _ = try await agent.event(.exit, of: 2)
            let again = try await agent.call("POST", "/v1/workers/2:restart", body: "{}")
            #expect(again.status == 400 && again.body.contains("worker 2 has ended; its instance has worker 3 now"))
        }
    }

    @Test func `a reload that a stop breaks off is interrupted`() async throws {
        try await interrupt(by: SIGTERM)
    }

    @Test func `a reload that a crash of the agent breaks off is interrupted`() async throws {
        try await interrupt(by: SIGKILL)
    }

    private func interrupt(by signal: Int32) async throws {
        try await withTemporaryDirectory { directory in
            var id: OperationID?
            try await runAgent(Self.app("good"), in: directory) { agent in
                try await agent.awaitReady(1)
                let body = #"{"settings": {"args": ["mute"]}, "readyTimeoutMs": 0}"#
                id = try await agent.post("/v1/cluster:reload", body).decoded(OperationInfo.self).id
                agent.program.signal(signal)
                _ = await agent.program.status()
            }
            let operation = try #require(id)
            try await runAgent(Self.app("good"), in: directory) { agent in
                let ended = try await agent.get("/v1/operations/\(operation)", as: OperationInfo.self)
                #expect(ended.verdict == .interrupted && ended.done)
                let last = try #require(try await agent.history("type=operation").last)
                #expect(last.data["step"] == "ended" && last.data["verdict"] == "interrupted")
                // What was to be tried is not in force.
                #expect(try await agent.get("/v1/cluster/settings", as: ClusterSettings.self).args == ["good"])
            }
        }
    }

    // MARK: Over restarts

    @Test func `a change holds at the next start, unless the configuration changes or --fresh is given`()
        async throws
    {
        try await withTemporaryDirectory { directory in
            try await runAgent(Self.app("good"), in: directory) { agent in
                try await agent.awaitReady(1)
                _ = try await agent.run("/v1/cluster:scale", #"{"workers": 2}"#)
                try await agent.post("/v1/cluster:supervise", #"{"restart": "onFailure"}"#)
                _ = try await agent.run("/v1/cluster:reload", #"{"settings": {"args": ["good", "0"]}}"#)
                // For this run only.
                try await agent.post("/v1/cluster:disconnect")
            }
            func start(_ options: String...) async throws -> (desired: Int, restart: RestartPolicy, args: [String]) {
                var result: (Int, RestartPolicy, [String])?
                let words = ["--restart", "always"] + options + [workerScript("release.js"), "good"]
                try await runAgent(words, in: directory) { agent in
                    let policy = try await agent.get("/v1/cluster/supervision", as: SupervisionReply.self).policy
                    let args = try await agent.get("/v1/cluster/settings", as: ClusterSettings.self).args
                    result = (try await agent.supervision().desired, policy.restart, args)
                }
                return try #require(result)
            }
            let kept = try await start("--workers", "1")
            #expect(kept.desired == 2 && kept.restart == .onFailure && kept.args == ["good", "0"])
            let changed = try await start("--workers", "3")
            #expect(changed.desired == 3 && changed.restart == .onFailure)
            let fresh = try await start("--workers", "1", "--fresh")
            #expect(fresh.desired == 1 && fresh.restart == .always && fresh.args == ["good"])
        }
    }

    @Test func `a configuration that counted again does not bring back what it had dropped`() async throws {
        try await withTemporaryDirectory { directory in
            let app = ["--restart", "always", workerScript("release.js"), "good"]
            try await runAgent(["--workers", "1"] + app, in: directory) { agent in
                _ = try await agent.run("/v1/cluster:scale", #"{"workers": 3}"#)
            }
            for workers in [2, 1] {
                try await runAgent(["--workers", "\(workers)"] + app, in: directory) { agent in
                    let desired = try await agent.supervision().desired
                    #expect(desired == workers)
                }
            }
        }
    }

    @Test func `a start that fails for what was changed through the API says so`() async throws {
        try await withTemporaryDirectory { directory in
            let words = Self.app("good")
            try await runAgent(words, in: directory) { agent in
                try await agent.awaitReady(1)
                try await agent.post("/v1/cluster:setupPrimary", #"{"exec": "/nope"}"#)
            }
            let program = try RunningAgent.launch(words, in: directory)
            #expect(await program.status() == 78)
            let errors = await program.errors.whole().joined(separator: "\n")
            #expect(
                errors.contains("(changed through the API: settings.exec; --fresh starts as configured)"), "\(errors)")
            try await runAgent(["--fresh"] + words, in: directory) { try await $0.awaitReady(1) }
        }
    }

    private struct Missing: Error {}
}

extension RunningAgent {
    /// Waits until so many workers have become ready since the agent started.
    func awaitReady(_ count: Int) async throws {
        try await withWatch("afterSeq=earliest&type=ready") { watch in
            let seen = Counter()
            _ = try await watch.first { _ in seen.next() >= count }
        }
    }

    func supervision() async throws -> SupervisionStatus {
        let reply: ClusterReply = try await get("/v1/cluster")
        return try #require(reply.supervision)
    }

    /// Begins an operation and waits for its verdict.
    func run(_ path: String, _ body: String = "{}") async throws -> OperationInfo {
        let begun = try await post(path, body).decoded(OperationInfo.self)
        let ended = try await post("/v1/operations/\(begun.id):wait", #"{"timeoutMs": 40000}"#)
        return try ended.decoded(OperationInfo.self)
    }
}

/// Counts calls of a closure that is asked for each event once.
private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
