// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Synchronization
import TestSupport
import Testing

/// Operations at one agent: what is asked, what is told, and how it ends.
@Suite(.timeLimit(.minutes(1)))
struct OperationTests {
    private static let id = SupervisedSample.operationID

    func run(
        _ arguments: [String],
        answer: @escaping @Sendable (FakeAgent.Call) async throws -> Response = SupervisedSample.agent(),
        _ check: @escaping @Sendable (CLIProgram.Outcome, FakeAgent) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(socket: home.appending(path: "agent.sock").path, answer: answer) { agent in
                try await check(CLIProgram.run(arguments, home: home), agent)
            }
        }
    }

    private static func body(_ agent: FakeAgent) throws -> NSDictionary {
        let call = try #require(agent.calls.first)
        return try #require(try JSONSerialization.jsonObject(with: Data(call.body.utf8)) as? NSDictionary)
    }

    @Test func `a reload is reported line by line and ends with 0`() async throws {
        try await run(["reload"]) { outcome, agent in
            #expect(outcome.status == 0 && outcome.errors.isEmpty)
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.first == "reload \(Self.id): 2 workers to replace; 1 forked worker is left alone")
            #expect(lines.last == "reload \(Self.id) succeeded after 4231ms: 2 of 2 workers replaced")
            let body = try Self.body(agent)
            #expect(body == [:])
            let wait = try #require(agent.calls.last)
            #expect(wait.line == "POST /v1/operations/\(Self.id):wait" && wait.headers["idempotency-key"] == nil)
            #expect(agent.calls.first?.headers["idempotency-key"]?.count == 36)
        }
    }

    @Test func `a reload with JSON prints the operation alone`() async throws {
        try await run(["reload", "-o", "json"]) { outcome, _ in
            #expect(outcome.status == 0 && outcome.output == SupervisedSample.operation() + "\n")
        }
        try await run(["reload", "-o", "jsonl"], answer: SupervisedSample.agent(SupervisedSample.abortedReload)) {
            outcome, _ in
            #expect(outcome.status == 1 && outcome.output.split(separator: "\n").count == 1)
            #expect(outcome.output.hasPrefix(#"{"host":"local","ok":false,"result":{"name": "operations/"#))
            #expect(outcome.output.contains(#""error":{"status":"ABORTED","message":"the reload was aborted"#))
        }
    }

    @Test func `the release and the reload's limits are sent`() async throws {
        let arguments = [
            "reload", "--exec", "/srv/v2/server.js", "--arg", "-v", "--cwd", "/srv/v2", "--env-file", "/etc/a.env",
            "--env-file", "/etc/b.env", "--max-surge", "25%", "--max-unavailable", "1", "--ready-timeout", "5s",
            "--min-ready", "500ms", "--drain-timeout", "0", "--force",
        ]
        try await run(arguments) { outcome, agent in
            #expect(outcome.status == 0, "\(outcome.errors)")
            let expected: NSDictionary = [
                "settings": [
                    "exec": "/srv/v2/server.js", "args": ["-v"], "cwd": "/srv/v2",
                    "envFiles": ["/etc/a.env", "/etc/b.env"],
                ] as [String: Any], "maxSurge": "25%", "maxUnavailable": 1, "readyTimeoutMs": 5000, "minReadyMs": 500,
                "drainTimeoutMs": 0, "force": true,
            ]
            let body = try Self.body(agent)
            #expect(body == expected)
        }
    }

    @Test(
        arguments: [
            (["reload", "--env-file", "a.env"], "'a.env' must be an absolute path on the agent's host"),
            (["reload", "--max-surge", "101%"], "a number of workers or a share of them"),
            (["reload", "--ready-timeout", "1y"], "a time of at most a year"),
            (["reload", "--no-wait", "--canary", "local"], "--no-wait does not go with --canary"),
            (["reload", "--canary", "web-1"], "'web-1' is not among the hosts: local"),
            (["scale", "x"], "'<n>'"), (["scale"], "Missing"), (["restart"], "Missing"),
            (["restart", "0"], "a number from 1"),
            (["operation", "cancel"], "give the id of the operation to cancel"),
            (["operation", "a", "b"], "give one id; or the word cancel and an id"),
            (["operation", "A/../b"], "is not an operation's id"),
            (["operation", "cancel", "a", "--wait"], "does not go with"),
            (["supervise"], "name a rule to change"),
            (["supervise", "--restart", "often"], "always, onFailure, never, default"),
            (["supervise", "--max-memory", "1.5G"], "a size such as 512M"), (["why", "-1"], "-1"),
        ] as [([String], String)])
    func `a mistake is found before a host is asked`(arguments: [String], expected: String) async throws {
        try await run(arguments) { outcome, agent in
            #expect(outcome.status == 64 && agent.calls.isEmpty)
            #expect(outcome.errors.contains(expected), "\(outcome.errors)")
        }
    }

    @Test func `a reload that is aborted ends with 1, the reason and the last lines`() async throws {
        try await run(["reload"], answer: SupervisedSample.agent(SupervisedSample.abortedReload)) { outcome, _ in
            #expect(outcome.status == 1)
            #expect(outcome.output.hasSuffix("1 of 2 workers replaced, the other as before\n"))
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.first == "local: the reload was aborted: instance 1: worker 9 ended with exit code 1")
            #expect(lines.contains("  | SyntaxError: let is disallowed") && !outcome.errors.contains("\u{1B}"))
        }
    }

    @Test(arguments: ["cancelled", "interrupted"])
    func `any verdict but succeeded ends with 1`(verdict: String) async throws {
        let states = [SupervisedSample.goodReload[0], SupervisedSample.operation(verdict: verdict)]
        try await run(["scale", "4", "--wait"], answer: SupervisedSample.agent(states)) { outcome, _ in
            #expect(outcome.status == 1 && outcome.errors.hasPrefix("local: the reload was \(verdict)"))
        }
    }

    @Test func `without a wait the operation is shown as it began`() async throws {
        for arguments in [["reload", "--no-wait"], ["scale", "4"], ["restart", "7"]] {
            try await run(arguments) { outcome, agent in
                #expect(outcome.status == 0 && agent.calls.count == 1)
                let lines = outcome.output.split(separator: "\n")
                #expect(lines.count == 2 && lines.first?.hasPrefix("OPERATION") ?? false)
                #expect(lines.last?.contains("rolling") ?? false)
            }
        }
        try await run(["scale", "4", "--force"]) { _, agent in
            let body = try Self.body(agent)
            #expect(body == ["workers": 4, "force": true])
        }
    }

    @Test func `several workers are restarted one after the other`() async throws {
        try await run(
            ["restart", "7", "8", "7", "-o", "json"],
            answer: SupervisedSample.agent([SupervisedSample.operation(kind: "restart")])
        ) {
            outcome, agent in
            #expect(agent.calls.map(\.line) == ["POST /v1/workers/7:restart", "POST /v1/workers/8:restart"])
            let operation = SupervisedSample.operation(kind: "restart")
            #expect(outcome.status == 0 && outcome.output == #"{"operations":[\#(operation),\#(operation)]}"# + "\n")
        }
        let aborted = SupervisedSample.operation(kind: "restart", verdict: "aborted", steps: [("failed", 9)])
        try await run(["restart", "7", "8"], answer: SupervisedSample.agent([aborted])) { outcome, agent in
            #expect(outcome.status == 1 && agent.calls.map(\.line) == ["POST /v1/workers/7:restart"])
            #expect(outcome.errors == "local: the restart was aborted; not tried: 8\n")
        }
    }

    @Test func `a wait that runs out ends with 124, and the operation continues`() async throws {
        let states = [SupervisedSample.goodReload[0]]
        try await run(["reload", "--wait-timeout", "50ms"], answer: SupervisedSample.agent(states)) { outcome, agent in
            #expect(outcome.status == 124)
            #expect(
                outcome.errors == "local: reload \(Self.id) is not done after 50ms, and continues "
                    + "(try: cluster-cli operation \(Self.id) --wait)\n")
        }
    }

    @Test func `an agent that comes back in time tells how the operation ended`() async throws {
        let waits = Mutex(0)
        let agent = SupervisedSample.agent([
            SupervisedSample.goodReload[0], SupervisedSample.operation(verdict: "interrupted"),
        ])
        try await run(["reload"]) { call in
            guard call.path.hasSuffix(":wait"),
                waits.withLock({
                    $0 += 1; return $0 < 6
                })
            else { return try await agent(call) }
            return .cut(after: ["{"])
        } _: { outcome, _ in
            #expect(
                outcome.status == 1 && outcome.errors.hasPrefix("local: the reload was interrupted"),
                "\(outcome.errors)")
        }
    }

    @Test func `an agent that does not come back leaves the end unknown`() async throws {
        let agent = SupervisedSample.agent()
        try await run(["reload", "--timeout", "200ms"]) { call in
            guard call.path.hasSuffix(":wait") else { return try await agent(call) }
            return .cut(after: ["{"])
        } _: { outcome, _ in
            #expect(outcome.status == 69)
            #expect(outcome.errors.contains("; how reload \(Self.id) ended is not known"), "\(outcome.errors)")
            #expect(outcome.errors.hasSuffix("try: cluster-cli operation \(Self.id) --wait)\n"))
        }
    }

    @Test(arguments: [["reload"], ["scale", "4", "--wait"], ["operation", id, "--wait"], ["operation", id]])
    func `an operation that is done without a verdict is an error`(arguments: [String]) async throws {
        let states = [SupervisedSample.operation(verdict: nil)]
        try await run(arguments, answer: SupervisedSample.agent(states)) { outcome, agent in
            #expect(outcome.status == 1 && agent.calls.count == 1)
            #expect(outcome.errors.contains("\(Self.id) is done, but gave no verdict"), "\(outcome.errors)")
        }
    }

    @Test func `an operation that ends without a verdict ends the wait`() async throws {
        let states = [SupervisedSample.goodReload[0], SupervisedSample.operation(verdict: nil)]
        try await run(["reload"], answer: SupervisedSample.agent(states)) { outcome, agent in
            #expect(outcome.status == 1 && agent.calls.count == 2)
            #expect(outcome.errors.contains("; how reload \(Self.id) ended is not known"), "\(outcome.errors)")
        }
    }

    @Test(arguments: [
        ["reload"], ["scale", "3"], ["restart", "1"], ["instances"], ["operations"], ["operation", "a"], ["why"],
        ["operation", "cancel", "a"], ["supervision"], ["supervise", "--restart", "never"],
    ])
    func `an agent without supervision says what is missing`(arguments: [String]) async throws {
        try await run(arguments) { _ in
            .error(404, "NOT_FOUND", "ROUTE_NOT_FOUND", "there is no call at /v1/x; GET /openapi.yaml lists all")
        } _: { outcome, _ in
            #expect(outcome.status == 1 && outcome.output.isEmpty)
            #expect(
                outcome.errors.hasPrefix("local: this agent is too old: it keeps no workers running"),
                "\(outcome.errors)")
        }
    }

    @Test func `another operation under way is named with what to do`() async throws {
        try await run(["reload"]) { _ in
            .json(
                #"""
                {"error": {"code": 409, "status": "ABORTED", "message": "busy; wait, or use force", "details":
                [{"reason": "OPERATION_UNDER_WAY", "metadata": {"operation": "abc", "kind": "scale"}}]}}
                """#, status: .conflict)
        } _: { outcome, _ in
            #expect(outcome.status == 1)
            #expect(
                outcome.errors.hasSuffix(
                    "or use --force [OPERATION_UNDER_WAY] (try: cluster-cli operation abc --wait)\n"))
        }
    }

    @Test func `an operation is shown, awaited and cancelled`() async throws {
        try await run(["operation", Self.id, "-o", "json"]) { outcome, agent in
            #expect(outcome.output == SupervisedSample.operation() + "\n")
            #expect(agent.calls.map(\.line) == ["GET /v1/operations/\(Self.id)"])
        }
        try await run(["operation", "operations/\(Self.id)", "--wait"]) { outcome, _ in
            #expect(outcome.status == 0 && outcome.output.contains("succeeded"))
        }
        try await run(["operation", "cancel", Self.id]) { outcome, agent in
            #expect(outcome.status == 0 && outcome.output.contains("cancelled"))
            #expect(agent.calls.map(\.line) == ["POST /v1/operations/\(Self.id):cancel"])
        }
    }

    @Test func `the rules are changed by their options, and default resets one`() async throws {
        let arguments = [
            "supervise", "--restart", "onFailure", "--ready-timeout", "0", "--min-ready", "2s", "--backoff", "50ms",
            "--backoff-max", "1m", "--intensity", "5", "--period", "10m", "--when-given-up", "exit", "--heartbeat",
            "1s",
            "--unresponsive-after", "9s", "--unresponsive", "restart", "--max-memory", "512M", "--max-age", "none",
            "--drain-timeout", "default", "--kill-timeout", "3s", "--etag", "\"1\"",
        ]
        try await run(arguments) { outcome, agent in
            let expected: NSDictionary = [
                "restart": "onFailure", "readyTimeoutMs": 0, "minReadyMs": 2000, "backoffMs": 50,
                "backoffMaxMs": 60_000, "intensity": 5, "periodMs": 600_000, "whenGivenUp": "exit",
                "heartbeatMs": 1000, "unresponsiveMs": 9000, "unresponsive": "restart",
                "maxMemoryBytes": 512 << 20, "maxAgeMs": NSNull(), "drainTimeoutMs": NSNull(), "killTimeoutMs": 3000,
                "etag": "\"1\"",
            ]
            #expect(outcome.status == 0 && agent.calls.map(\.line) == ["POST /v1/cluster:supervise"])
            let body = try Self.body(agent)
            #expect(body == expected)
        }
    }

    @Test func `Ctrl-C says how to cancel, and leaves the operation running`() async throws {
        let states = [SupervisedSample.goodReload[0]]
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: SupervisedSample.agent(states)) { agent in
                let terminal = try CLIProgram.atTerminal(["reload"], home: home)
                defer { terminal.stop() }
                try await terminal.wait(for: "2 workers to replace")
                try terminal.type("\u{03}")
                #expect(await terminal.status() == 130)
                #expect(
                    await terminal.screen.hasSuffix(
                        "local: reload \(Self.id) continues; cancel it with: cluster-cli operation cancel \(Self.id)\r\n"
                    ))
                #expect(!agent.calls.contains { $0.path.hasSuffix(":cancel") })
            }
        }
    }

    @Test func `Ctrl-C before the answer says that nobody knows whether it began`() async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: { _ in try await silence() }) { agent in
                let terminal = try CLIProgram.atTerminal(["reload"], home: home)
                defer { terminal.stop() }
                try await agent.waitForCall()
                try terminal.type("\u{03}")
                #expect(await terminal.status() == 130)
                let advice = "local: it is not known whether the reload began; see: cluster-cli operations\r\n"
                #expect(await terminal.screen.hasSuffix(advice))
            }
        }
    }

    @Test(arguments: [["reload"], ["scale", "3"], ["restart", "7"]])
    func `an agent that does not answer in time may have begun`(_ arguments: [String]) async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: { _ in try await silence() }) { _ in
                let outcome = try await CLIProgram.run(arguments + ["--timeout", "300ms"], home: home)
                #expect(outcome.status == 124)
                let end = "it is not known whether the \(arguments[0]) began (try: cluster-cli operations)\n"
                #expect(outcome.errors.hasSuffix(end), "\(outcome.errors)")
            }
        }
    }
}
