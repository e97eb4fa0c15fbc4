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
            let sh = { text in try await Self.agent(text, in: folder) }
            let first = try await sh("init")
            #expect(first.status == 0 && first.output.contains("cluster-agent --config cluster-agent.yaml"), "\(first)")
            let check = try await sh("config check --config cluster-agent.yaml")
            #expect(check.status == 0 && check.output == "ok", "\(check)")
            let again = try await sh("init")
            #expect(again.status == 64 && again.errors.contains("File exists"), "\(again)")
        }
    }

    /// The agent in this folder, by a shell.
    private static func agent(_ words: String, in folder: URL) async throws -> RunningProgram.Outcome {
        let arguments = [
            "-c", "cd \"$1\" && exec \"$0\" \(words)", try RunningProgram.built("cluster-agent"), folder.path,
        ]
        return try await RunningProgram.run("/bin/sh", arguments, environment: environment(folder))
    }

    @Test func `a program that is named needs no package_json, and no file is replaced`() async throws {
        try await withTemporaryDirectory { folder in
            try Data("{".utf8).write(to: folder.appending(path: "package.json"))
            try Data("1".utf8).write(to: folder.appending(path: "app.js"))
            let broken = try await Self.agent("init", in: folder)
            #expect(broken.status == 78 && broken.errors.contains("package.json: it is not a JSON object"), "\(broken)")
            let named = try await Self.agent("init app.js", in: folder)
            #expect(named.status == 0 && named.output.hasPrefix("cluster-agent.yaml: app.js"), "\(named)")
            let link = folder.appending(path: "link.yaml")
            #expect(symlink("target.yaml", link.path) == 0)
            let linked = try await Self.agent("init app.js --out link.yaml", in: folder)
            #expect(linked.status == 64 && linked.errors.contains("link.yaml: File exists; move it away"), "\(linked)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/target.yaml"))
        }
    }

    @Test func `what init is not sure of is told`() async throws {
        try await withTemporaryDirectory { folder in
            let package = #"{"main": "app.js", "scripts": {"start": "tsc && node dist/app.js"}}"#
            try Data(package.utf8).write(to: folder.appending(path: "package.json"))
            try Data("1".utf8).write(to: folder.appending(path: "app.js"))
            let first = try await Self.agent("init", in: folder)
            #expect(first.status == 0 && first.errors.contains("npm start is: tsc && node dist/app.js"), "\(first)")
        }
    }

    @Test func `a token for a name that is mistyped makes no folder`() async throws {
        try await withTemporaryDirectory { home in
            let web = home.appending(path: ".local/state/cluster-agent/apps/web")
            try FileManager.default.createDirectory(at: web, withIntermediateDirectories: true)
            for words in [["token", "create", "--role", "read", "--name", "ci"], ["token", "list"], ["logs"]] {
                let outcome = try await Self.run("cluster-agent", words + ["--app", "wbe"], in: home)
                #expect(outcome.status == 64 && outcome.errors.contains("no agent called wbe has run"), "\(outcome)")
                #expect(outcome.errors.contains("Did you mean 'web'?"), "\(outcome)")
            }
            let apps = web.deletingLastPathComponent().path
            #expect(try FileManager.default.contentsOfDirectory(atPath: apps) == ["web"])
        }
    }

    @Test func `an agent takes what is made of an ecosystem file`() async throws {
        try await withTemporaryDirectory { folder in
            for name in ["server.js", "job.py"] { try Data("1".utf8).write(to: folder.appending(path: name)) }
            let text = #"""
                module.exports = {apps: [
                    {script: './server.js', instances: -1, args: '--title "a b"', env: {A: {b: [1, null]}, B: null, 'C D': 2,
                        E: 'x\u007f\u2028\ny: z', '': 1}, max_memory_restart: '1.5G', min_uptime: '5s', max_restarts: 99999,
                        restart_delay: 0, kill_timeout: 0, uid: -1, listen_timeout: '1h', node_args: '--no-warnings'},
                    {name: 'a job', script: 'job.py', instances: 99999, exp_backoff_restart_delay: 120000, port: 80,
                        stop_exit_codes: [0], wait_ready: true, instance_var: 'N'},
                    {name: 'shell', script: 'node server.js; echo', restart_delay: 120000, max_memory_restart: 1},
                ]}
                """#
            try Data(text.utf8).write(to: folder.appending(path: "ecosystem.config.js"))
            let words = ["import", "pm2", folder.path + "/ecosystem.config.js", "--out", folder.path]
            let made = try await Self.run("cluster-cli", words, in: folder)
            #expect(made.status == 0, "\(made)")
            for name in ["server", "a-job", "shell"] {
                let checked = try await Self.agent("config check --config \(name).yaml", in: folder)
                #expect(checked.status == 0 && checked.output == "ok", "\(name): \(checked)")
            }
        }
    }
}
