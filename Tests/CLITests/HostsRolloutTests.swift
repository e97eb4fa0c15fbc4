// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Synchronization
import TestSupport
import Testing

/// A reload over several hosts.
@Suite(.timeLimit(.minutes(1)))
struct HostsRolloutTests {
    typealias Answer = @Sendable (FakeAgent.Call) async throws -> Response

    private static let good = SupervisedSample.agent([SupervisedSample.operation()])
    private static let aborted = SupervisedSample.agent([
        SupervisedSample.operation(verdict: "aborted", steps: [("failed", 9)], failure: SupervisedSample.failure(0))
    ])
    private static let endless = SupervisedSample.agent([SupervisedSample.goodReload[0]])

    /// Runs `cluster-cli --all-hosts reload` with the hosts web-1 to web-4; nil is a host that is down.
    private func reload(
        _ hosts: [Answer?], _ arguments: [String],
        _ check: @escaping @Sendable (CLIProgram.Outcome, _ asked: [Bool]) async throws -> Void
    ) async throws {
        let asked = Mutex([Bool](repeating: false, count: hosts.count))
        try await withTemporaryDirectory { home in
            let names = hosts.indices.map { "web-\($0 + 1)" }
            let folder = home.appending(path: "cluster")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let lines = names.map { "  \($0): {url: \"unix:\(home.path)/\($0).sock\", groups: [web]}\n" }
            try Data("hosts:\n\(lines.joined())".utf8).write(to: folder.appending(path: "hosts.yaml"))
            let body: @Sendable () async throws -> Void = {
                let outcome = try await CLIProgram.run(["-g", "web", "reload"] + arguments, home: home)
                try await check(outcome, asked.withLock { $0 })
            }
            var all = body
            for (index, answer) in hosts.enumerated() {
                guard let answer else { continue }
                let (inner, socket) = (all, "\(home.path)/\(names[index]).sock")
                all = {
                    try await FakeAgent.run(socket: socket) { call in
                        asked.withLock { $0[index] = true }
                        return try await answer(call)
                    } _: { _ in
                        try await inner()
                    }
                }
            }
            try await all()
        }
    }

    @Test func `all hosts are done one after the other`() async throws {
        try await reload([Self.good, Self.good], []) { outcome, asked in
            let lines = outcome.output.split(separator: "\n")
            #expect(outcome.status == 0 && outcome.errors.isEmpty && asked == [true, true])
            #expect(lines.first == "web-1: reload 4f1c09a27b: 2 workers to replace; 1 forked worker is left alone")
            #expect(lines.last == "done: web-1, web-2")
            let hosts = lines.dropLast().map { $0.prefix(5) }
            #expect(hosts == hosts.sorted(), "no line of the second host before the first is done")
        }
    }

    @Test func `the first that is aborted stops the roll`() async throws {
        try await reload([Self.good, Self.aborted, Self.good, Self.good], []) { outcome, asked in
            #expect(outcome.status == 2 && asked == [true, true, false, false])
            #expect(outcome.output.hasSuffix("done: web-1\nfailed: web-2\nnot started: web-3, web-4\n"))
            #expect(outcome.errors.hasPrefix("web-2: the reload was aborted: instance 0: worker 9 ended"))
            #expect(!outcome.errors.contains("web-3"))
        }
    }

    @Test func `a host that is down stops the roll`() async throws {
        try await reload([nil, Self.good], []) { outcome, asked in
            #expect(outcome.status == 2 && asked == [false, false])
            #expect(outcome.output == "failed: web-1\nnot started: web-2\n")
            #expect(outcome.errors.hasPrefix("web-1: there is no agent at"))
        }
    }

    @Test func `a host whose reload takes too long stops the roll`() async throws {
        try await reload([Self.endless, Self.good], ["--wait-timeout", "50ms"]) { outcome, asked in
            #expect(outcome.status == 2 && asked == [true, false])
            #expect(outcome.errors.contains("web-1: reload 4f1c09a27b is not done after 50ms, and continues"))
            #expect(outcome.errors.contains("(try: cluster-cli -H web-1 operation 4f1c09a27b --wait)"))
        }
    }

    @Test func `without the stop all hosts have their turn`() async throws {
        try await reload([nil, Self.aborted, Self.good], ["--no-stop-on-failure"]) { outcome, asked in
            #expect(outcome.status == 2 && asked == [false, true, true])
            #expect(outcome.output.hasSuffix("done: web-3\nfailed: web-1, web-2\n"))
        }
    }

    @Test func `a canary goes first, and if it fails nothing else begins`() async throws {
        let arguments = ["--canary", "web-2", "--parallel", "3", "--no-stop-on-failure"]
        try await reload([Self.good, Self.aborted, Self.good], arguments) { outcome, asked in
            #expect(outcome.status == 2 && asked == [false, true, false])
            #expect(outcome.output.hasSuffix("failed: web-2\nnot started: web-1, web-3\n"))
        }
        try await reload([Self.good, Self.good], ["--canary", "web-2"]) { outcome, _ in
            #expect(outcome.status == 0 && outcome.output.hasPrefix("web-2: ") && outcome.output.contains("\nweb-1: "))
        }
    }

    @Test func `JSON has an entry for each host, also for those that have not begun`() async throws {
        try await reload([Self.aborted, Self.good], ["-o", "json"]) { outcome, _ in
            let all = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]] ?? []
            #expect(outcome.status == 2 && all.map { $0["host"] as? String } == ["web-1", "web-2"])
            #expect(all.map { $0["ok"] as? Bool } == [false, false])
            #expect((all.first?["result"] as? [String: Any])?["verdict"] as? String == "aborted")
            let error = all.last?["error"] as? [String: Any]
            #expect(error?["message"] as? String == "not started, because web-1 did not succeed")
            #expect(all.last?["result"] == nil)
        }
    }

    @Test func `Ctrl-C names what goes on and what is not started`() async throws {
        try await withTemporaryDirectory { home in
            let sockets = ["a", "b"].map { "\(home.path)/\($0).sock" }
            try await FakeAgent.run(socket: sockets[0], answer: Self.endless) { one in
                let arguments = ["-H", one.url, "-H", "unix:\(sockets[1])", "reload"]
                let terminal = try CLIProgram.atTerminal(arguments, home: home, columns: 200)
                defer { terminal.stop() }
                try await terminal.wait(for: "2 workers to replace")
                try terminal.type("\u{03}")
                #expect(await terminal.status() == 130)
                #expect(
                    await terminal.screen.hasSuffix(
                        "cancel it with: cluster-cli -H \(one.url) operation cancel 4f1c09a27b\r\n"
                            + "not started: unix:\(sockets[1])\r\n"))
            }
        }
    }
}
