// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Deploys as a person does them, with `cluster-cli` and real workers.
@Suite(.timeLimit(.minutes(2)))
struct DeployTests {
    private static func withApp(_ workers: Int = 2, _ body: (RunningAgent) async throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            let words = ["--restart", "always", "--min-ready", "100ms", "--workers", "\(workers)"]
            try await runAgent(words + [workerScript("release.js"), "good"], in: directory) { agent in
                try await agent.awaitReady(workers)
                try await body(agent)
            }
        }
    }

    private static func lines(_ outcome: RunningProgram.Outcome) -> [Substring] {
        outcome.output.split(separator: "\n")
    }

    @Test func `a good release is reported up to its verdict`() async throws {
        try await Self.withApp { agent in
            let outcome = try await agent.cli("reload", "--arg", "good", "--arg", "0")
            let lines = Self.lines(outcome)
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            #expect(lines.first?.hasSuffix(": 2 workers to replace") == true)
            #expect(
                lines.contains { $0.hasSuffix(" is ready (1 of 2)") }
                    && lines.contains { $0.hasSuffix(" is ready (2 of 2)") })
            #expect(
                lines.last?.contains(" succeeded after ") == true
                    && lines.last?.hasSuffix(": 2 of 2 workers replaced") == true)
            let status = Self.lines(try await agent.cli("status"))
            #expect(status.last?.hasPrefix("stable") == true && status.last?.contains("2/2") == true)
            let events = try await agent.cli("events", "--type", "operation,ready,restart,scale")
            #expect(
                events.output.contains("2 workers to replace, by uid:") && events.output.contains("because of a reload")
            )
        }
    }

    @Test func `a release that crashes leaves the old one, and says why`() async throws {
        try await Self.withApp { agent in
            let outcome = try await agent.cli("reload", "--arg", "crash")
            #expect(outcome.status == 1)
            #expect(Self.lines(outcome).last?.hasSuffix(": 0 of 2 workers replaced, the others as before") == true)
            #expect(outcome.errors.contains("the reload was aborted: instance 0: worker 3 ended with exit code 1"))
            #expect(outcome.errors.contains("\n  | Error: no database\n"), "\(outcome.errors)")
            let why = try await agent.cli("why")
            #expect(why.status == 0 && why.output.hasPrefix("2 of 2 workers ready: stable\ninstance 0: worker 3 ended"))
            #expect(why.output.contains("  | Error: no database") && why.output.contains("  now: worker 1 is ready"))
            let workers = Self.lines(try await agent.cli("workers"))
            #expect(workers.count == 3 && workers.dropFirst().allSatisfy { $0.contains("yes") })
        }
    }

    @Test func `a release that never listens is given up at its time`() async throws {
        try await Self.withApp(1) { agent in
            let outcome = try await agent.cli("reload", "--arg", "mute", "--ready-timeout", "300ms", "-o", "json")
            #expect(outcome.status == 1 && outcome.output.contains(#""verdict":"aborted""#))
            #expect(outcome.errors.contains("worker 2 was not ready in time, and was stopped"))
        }
    }

    @Test func `an operation is awaited, and cancelled by another caller`() async throws {
        try await Self.withApp(1) { agent in
            let begun = try await agent.cli(
                "reload", "--arg", "mute", "--ready-timeout", "0", "--no-wait", "-o", "jsonl")
            #expect(begun.status == 0)
            let id = try #require(begun.output.firstMatch(of: #/"name":"operations/([0-9a-z]+)"/#)?.1)
            let refused = try await agent.cli("scale", "2")
            #expect(refused.status == 1 && refused.errors.contains("try: cluster-cli operation \(id) --wait"))
            let waiting = try agent.startCLI(["operation", String(id), "--wait"])
            _ = try await waiting.output.first { $0.hasSuffix("worker 2 starts") }
            let cancelled = try await agent.cli("operation", "cancel", String(id))
            #expect(cancelled.status == 0 && cancelled.output.contains("cancelled"))
            #expect(await waiting.status() == 1)
            #expect(await waiting.errors.whole().joined().hasPrefix("local: the reload was cancelled"))
        }
    }

    @Test func `workers are scaled and restarted`() async throws {
        try await Self.withApp(1) { agent in
            let scale = try await agent.cli("scale", "3", "--wait")
            #expect(scale.status == 0 && scale.output.hasSuffix(": 2 of 2 workers ready"), "\(scale.output)")
            let restart = try await agent.cli("restart", "1", "2")
            #expect(restart.status == 0 && Self.lines(restart).filter { $0.contains(" succeeded ") }.count == 2)
            let again = try await agent.cli("restart", "1")
            #expect(again.status == 1 && again.errors.contains("worker 1 has ended"))
            let instances = Self.lines(try await agent.cli("instances"))
            #expect(instances.count == 4 && instances.dropFirst().allSatisfy { $0.contains("ready") })
            let down = try await agent.cli("scale", "0", "--wait")
            #expect(down.status == 0)
            #expect(try await agent.cli("status").output.contains("no workers"))
        }
    }

    @Test func `the rules are changed and shown`() async throws {
        try await Self.withApp(1) { agent in
            let changed = try await agent.cli("supervise", "--restart", "onFailure", "--max-memory", "2G")
            #expect(changed.status == 0)
            let shown = Self.lines(try await agent.cli("supervision")).map { $0.split(separator: " ") }
            #expect(shown.contains(["restart", "onFailure"]) && shown.contains(["max-memory", "2G"]))
            #expect(shown.contains(["ready-timeout", "30s"]) && shown.contains(["max-age", "none"]))
            let wrong = try await agent.cli("supervise", "--backoff", "2m")
            #expect(wrong.status == 1 && wrong.errors.contains("backoffMaxMs must be at least backoffMs"))
        }
    }

    @Test func `a roll stops at the host where the release fails`() async throws {
        try await Self.withApp(1) { one in
            try await Self.withApp(1) { two in
                let variables = one.dataDirectory.appending(path: "release.env").path
                try Data("RELEASE=2\n".utf8).write(to: URL(filePath: variables))
                let hosts = ["unix:\(two.socket)", "unix:\(one.socket)"]
                let roll = { (arguments: [String]) in
                    try await RunningProgram.run(
                        RunningProgram.built("cluster-cli"), hosts.flatMap { ["-H", $0] } + ["reload"] + arguments,
                        environment: ["HOME": one.dataDirectory.path])
                }
                let good = try await roll(["--canary", hosts[1], "--env-file", variables])
                #expect(good.status == 0 && good.output.hasPrefix(hosts[1]), "\(good.errors)")
                let bad = try await roll(["--arg", "crash"])
                #expect(bad.status == 2)
                #expect(Self.lines(bad).suffix(2) == ["failed: \(hosts[0])", "not started: \(hosts[1])"])
            }
        }
    }
}
