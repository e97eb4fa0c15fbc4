// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Several agents of one user, by their names.
@Suite(.timeLimit(.minutes(1)))
struct NamedAgentTests {
    private static func environment(_ home: URL) -> [String: String] {
        ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": home.path]
    }

    private static func run(_ program: String, _ words: [String], in home: URL) async throws -> RunningProgram.Outcome {
        try await RunningProgram.run(RunningProgram.built(program), words, environment: environment(home))
    }

    /// Two agents in one home that is not theirs alone, `web` and `api`, ready.
    private func withTwo(_ body: (URL) async throws -> Void) async throws {
        try await withTemporaryDirectory { home in
            var agents: [RunningProgram] = []
            do {
                for name in ["web", "api"] {
                    let agent = try RunningProgram(
                        RunningProgram.built("cluster-agent"),
                        ["--name", name, "--workers", "1", workerScript("obedient.js")],
                        environment: Self.environment(home))
                    agents.append(agent)
                    let line = try await agent.output.first { $0.contains(" ready: ") }
                    #expect(line.contains("ready: unix:") && line.contains("/apps/\(name)/agent.sock"), "\(line)")
                }
                try await body(home)
            } catch {
                for agent in agents { await agent.stop() }
                throw error
            }
            for agent in agents {
                agent.signal(SIGTERM)
                #expect(await agent.status() == 0)
            }
        }
    }

    @Test func `agents with names run side by side and are found by them`() async throws {
        try await withTwo { home in
            let apps = try await Self.run("cluster-cli", ["apps"], in: home)
            let rows = apps.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(apps.status == 0 && rows.map(\.first) == ["APP", "api", "web"], "\(apps)")
            let scaled = try await Self.run("cluster-cli", ["--app", "web", "scale", "2", "--wait"], in: home)
            #expect(scaled.status == 0, "\(scaled)")
            let workers = try await Self.run("cluster-cli", ["--all-apps", "workers", "-o", "jsonl"], in: home)
            let counts = workers.output.split(separator: "\n").map { line in
                [line.contains(#""host":"web""#) ? "web" : "api", "\(line.split(separator: #""pid""#).count - 1)"]
            }
            #expect(counts == [["api", "1"], ["web", "2"]], "\(workers)")
        }
    }

    @Test func `an app's tokens are in its own place`() async throws {
        try await withTwo { home in
            let words = ["token", "create", "--app", "web", "--role", "read", "--name", "ci"]
            let created = try await Self.run("cluster-agent", words, in: home)
            #expect(created.status == 0, "\(created)")
            let file = home.appending(path: ".local/state/cluster-agent/apps/web/tokens.json")
            #expect(FileManager.default.fileExists(atPath: file.path))
            let list = try await Self.run("cluster-agent", ["token", "list", "--app", "api"], in: home)
            #expect(list.status == 0 && !list.output.contains("ci"), "\(list)")
        }
    }

    @Test func `a second agent of the same name is refused`() async throws {
        try await withTwo { home in
            let second = try await Self.run("cluster-agent", ["--name", "web", workerScript("obedient.js")], in: home)
            #expect(second.status == 69 && second.errors.contains("apps/web"), "\(second)")
        }
    }

    @Test func `a first configuration starts what package_json starts`() async throws {
        try await withTemporaryDirectory { folder in
            let package = #"{"name": "shop", "scripts": {"start": "node server.js --port 0"}}"#
            try Data(package.utf8).write(to: folder.appending(path: "package.json"))
            try FileManager.default.copyItem(
                at: URL(filePath: workerScript("obedient.js")), to: folder.appending(path: "server.js"))
            func sh(_ text: String) async throws -> RunningProgram.Outcome {
                let words = [
                    "-c", "cd \"$1\" && exec \"$0\" \(text)", try RunningProgram.built("cluster-agent"), folder.path,
                ]
                return try await RunningProgram.run("/bin/sh", words, environment: Self.environment(folder))
            }
            let first = try await sh("init")
            #expect(first.status == 0 && first.output.contains("cluster-agent --config cluster-agent.yaml"), "\(first)")
            let check = try await sh("config check --config cluster-agent.yaml")
            #expect(check.status == 0 && check.output == "ok", "\(check)")
            let again = try await sh("init")
            #expect(again.status == 64 && again.errors.contains("File exists"), "\(again)")
        }
    }
}
