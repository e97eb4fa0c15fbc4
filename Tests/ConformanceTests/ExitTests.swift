// SPDX-License-Identifier: Apache-2.0

import Cluster
import Shared
import Testing

@Suite("How workers end", .serialized, .timeLimit(.minutes(1)))
struct ExitTests {
    /// A way in which a worker ends by itself, and how its exit looks.
    struct Ending: Sendable, CustomTestStringConvertible {
        let way: String
        var code: Int32?
        var signal: String?
        var exitedAfterDisconnect = false
        var testDescription: String { way }
    }

    @Test(
        "a worker that ends by itself is reported with its code or signal",
        arguments: [
            Ending(way: #"["exit", 0]"#, code: 0),
            Ending(way: #"["exit", 42]"#, code: 42),
            Ending(way: #"["exit", 255]"#, code: 255),
            Ending(way: #"["throw"]"#, code: 1),
            Ending(way: #"["reject"]"#, code: 1),
            Ending(way: #"["abort"]"#, signal: "SIGABRT"),
            Ending(way: #"["signal", "SIGINT"]"#, signal: "SIGINT"),
            Ending(way: #"["signal", "SIGSEGV"]"#, signal: "SIGSEGV"),
            Ending(way: #"["disconnect"]"#, code: 0, exitedAfterDisconnect: true),
            Ending(way: #"["kill"]"#, code: 0, exitedAfterDisconnect: true),
            // The channel closes without a word: the worker ends itself with 0.
            Ending(way: #"["processDisconnect"]"#, code: 0),
        ])
    func byItself(_ ending: Ending) async throws {
        // Those that are told to crash need not write a core file or their stack for us.
        try await withPrimary("ends.js", settings: { $0.stdio = [.ignore, .ignore, .ignore, .ipc] }) { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send(ending.way, to: id)
            let (worker, report) = try await cluster.exit(of: id)
            #expect(report.code == ending.code && report.signal?.description == ending.signal)
            let reason: ExitReport.Reason = ending.exitedAfterDisconnect ? .disconnected : .exited
            #expect(report.reason == (ending.code == nil ? .signaled : reason))
            #expect(worker.exitCode == ending.code && worker.signal == ending.signal)
            #expect(worker.exitedAfterDisconnect == ending.exitedAfterDisconnect)
            #expect(try await cluster.end(of: id).exitedAfterDisconnect == ending.exitedAfterDisconnect)
        }
    }

    @Test(
        "a worker that ends before it is online is reported as well",
        arguments: [
            Ending(way: #"["exit", 3]"#, code: 3), Ending(way: #"["kill"]"#, code: 0, exitedAfterDisconnect: true),
        ])
    func atOnce(_ ending: Ending) async throws {
        try await withPrimary("ends.js", settings: { $0.args = [ending.way] }) { cluster in
            let id = try await cluster.fork()
            let (worker, report) = try await cluster.exit(of: id)
            #expect(report.code == ending.code)
            #expect(worker.exitedAfterDisconnect == ending.exitedAfterDisconnect)
        }
    }

    @Test("kill sends SIGTERM", arguments: [Signal.terminate, .kill, .hangup])
    func kill(_ signal: Signal) async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id, signal: signal)
            let (worker, report) = try await cluster.exit(of: id)
            #expect(report.signal == signal && report.code == nil)
            #expect(worker.exitedAfterDisconnect == false)
        }
    }

    @Test("a worker can be killed before its program has begun")
    func killAtOnce() async throws {
        try await withPrimary("http-server.js") { cluster in
            let id = try await cluster.fork()
            _ = try await cluster.primary.kill(id)
            #expect(try await cluster.exit(of: id).report.signal == .terminate)
            #expect(try await cluster.end(of: id).onlineAt == nil)
        }
    }

    @Test("an endless loop that catches SIGTERM ends with SIGKILL")
    func killLoop() async throws {
        try await withPrimary("loop.js") { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id) == "looping")
            _ = try await cluster.primary.kill(id)
            _ = try await cluster.primary.kill(id, signal: .kill)
            #expect(try await cluster.exit(of: id).report.signal == .kill)
        }
    }

    @Test("a worker that a disconnect does not end gets SIGTERM before its deadline and SIGKILL at it")
    func deadline() async throws {
        try await withPrimary("loop.js") { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id) == "looping")
            _ = try await cluster.primary.disconnect(id, within: .milliseconds(100), requestID: "r1")
            let report = try await cluster.exit(of: id).report
            #expect(report.signal == .kill && report.reason == .signaled && report.requestId == "r1")
        }
    }

    @Test("a signal that a worker handles is not the cause of a later crash")
    func handledSignal() async throws {
        try await withPrimary("ends.js") { cluster in
            let id = try await cluster.forkOnline()
            _ = try await cluster.primary.kill(id, signal: try #require(Signal("SIGWINCH")), requestID: "r1")
            try await cluster.send(#"["exit", 7]"#, to: id)
            #expect(try await cluster.exit(of: id).report.requestId == nil)
        }
    }

    @Test("a primary that stops waits for its workers and takes no commands")
    func stop() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.forkOnline()
            #expect(await cluster.primary.stop(within: .seconds(600)).isEmpty)
            #expect(try await cluster.exit(of: id).report.reason == .agentStopped)
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.fork() }
            #expect(error?.reason == .shuttingDown)
        }
    }

    @Test("signal 0 does nothing")
    func testSignal() async throws {
        try await withPrimary("echo.js") { cluster in
            let id = try await cluster.forkOnline()
            let worker = try await cluster.primary.kill(id, signal: .test)
            #expect(!worker.dead)
            try await cluster.send("1", to: id)
            #expect(try await cluster.log.message(1, of: id) == 1)
        }
    }

    @Test("a worker that is gone cannot be killed")
    func killGone() async throws {
        try await withPrimary("idle.js") { cluster in
            let id = try await cluster.fork()
            _ = try await cluster.primary.kill(id)
            try await cluster.end(of: id)
            let error = await #expect(throws: ClusterError.self) { try await cluster.primary.kill(id) }
            #expect(error?.reason == .workerNotFound)
        }
    }

    @Test("the exit of a worker with `silent` has the end of its standard error")
    func stderr() async throws {
        try await withPrimary("ends.js", settings: { $0.silent = true }) { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send(#"["throw"]"#, to: id)
            let (worker, report) = try await cluster.exit(of: id)
            #expect(report.stderr?.contains("Error: on purpose") == true)
            #expect(worker.exit == report)
        }
    }

    @Test("the exit has the resources that the process used")
    func account() async throws {
        try await withPrimary("ends.js") { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send(#"["exit", 0]"#, to: id)
            let report = try await cluster.exit(of: id).report
            #expect(try #require(report.maxRssBytes) > 1 << 20)
            #expect(try #require(report.uptimeMs) > 0)
            #expect(try #require(report.userMs) + #require(report.systemMs) > 0)
        }
    }
}
