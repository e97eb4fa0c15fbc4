// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import CLI

/// Configurations from PM2's ecosystem files.
@Suite(.timeLimit(.minutes(1)))
struct PM2ImportTests {
    private static func app(_ keys: [String: JSONValue]) -> PM2App {
        PM2App(keys, folder: "/srv/app", number: 1)
    }

    @Test(
        arguments: [
            ("script", "./server.js", "exec", "./server.js"), ("args", "-p 1", "args", ["-p", "1"]),
            ("cwd", "api", "cwd", "/srv/app/api"), ("cwd", "/x", "cwd", "/x"), ("cwd", "./", "cwd", "/srv/app"),
            ("cwd", "./a/", "cwd", "/srv/app/a"), ("instances", 4, "workers", 4),
            ("instances", "max", "workers", "max"), ("instances", 0, "workers", "max"),
            ("instances", "3", "workers", 3),
            ("interpreter", "python3", "execPath", "python3"), ("node_args", "--inspect", "execArgv", ["--inspect"]),
            ("source_map_support", true, "execArgv", ["--enable-source-maps"]),
            ("env", ["PORT": 8000], "worker.env", ["PORT": "8000"]), ("wait_ready", true, "worker.ready", "message"),
            ("listen_timeout", 3000, "supervision.readyTimeout", "3000ms"),
            ("kill_timeout", "5s", "supervision.drainTimeout", "5s"),
            ("max_memory_restart", "300M", "supervision.maxMemory", "300M"),
            ("stop_exit_codes", [0], "supervision.restart", "onFailure"),
            ("autorestart", false, "supervision.restart", "never"), ("max_restarts", 5, "supervision.intensity", 5),
        ] as [(String, JSONValue, String, JSONValue)])
    func `a key becomes one of the configuration`(key: String, value: JSONValue, name: String, wanted: JSONValue) {
        let app = Self.app([key: value])
        #expect(app.values[name] == wanted)
        #expect(app.fates.map(\.fate) == [.becomes(name)])
    }

    @Test func `each other key has a reason`() {
        let app = Self.app([
            "watch": true, "cron_restart": "0 0 * * *", "out_file": "x.log", "env_production": ["A": "b"], "hm": 1,
            "exec_mode": "fork", "instances": -1,
        ])
        let words = app.fates.map { "\($0.key): \($0.fate.words.prefix { $0 != ":" })" }
        #expect(
            words == [
                "cron_restart: not available", "env_production: not available", "exec_mode: not needed",
                "hm: not available", "instances: not available", "out_file: not needed", "watch: not available",
            ])
    }

    @Test func `a script of npm is kept, with what to do about it`() {
        let app = Self.app(["script": "/usr/bin/npm", "args": "start"])
        #expect(app.values["exec"] == "/usr/bin/npm")
        #expect(app.fates.last?.fate.words.hasPrefix("exec; name the program that npm starts") == true)
    }

    @Test func `an app that is not restarted stays so, whatever its exit codes`() {
        let app = Self.app(["autorestart": false, "stop_exit_codes": [0]])
        #expect(app.values["supervision.restart"] == "never")
    }

    @Test func `an app without a number of instances stays one process`() {
        #expect(Self.app(["script": "a.js"]).values["workers"] == 1)
    }

    @Test func `a name that an agent cannot have is replaced`() {
        let names = ["web": "web", "my app": "my-app", "../../web": "web", "": "app-1", "...": "app-1", "über": "ber"]
        for (given, name) in names { #expect(Self.app(["name": .string(given)]).name == name) }
    }

    @Test func `a file is evaluated and its apps are written`() async throws {
        try await withTemporaryDirectory { home in
            let file = home.appending(path: "ecosystem.config.js")
            let text = """
                console.log("noise")
                module.exports = {apps: [
                    {name: "web", script: "./server.js", instances: 2, env: {PORT: 4000 + 1}, kill_timeout: 3000, watch: false},
                    {name: "job", script: "job.js", cron_restart: "0 * * * *"},
                ]}
                """
            try Data(text.utf8).write(to: file)
            let outcome = try await CLIProgram.run(["import", "pm2", file.path, "--out", home.path], home: home)
            #expect(outcome.status == 0, "\(outcome)")
            #expect(outcome.output.contains("cron_restart") && !outcome.output.contains("noise"))
            let folder = try #require(realpath(home.path, nil).map { String(cString: $0) })
            #expect(
                try String(contentsOf: home.appending(path: "web.yaml"), encoding: .utf8) == """
                    # web, as cluster-cli import pm2 has read it. All settings: docs/configuration.md
                    name: "web"
                    exec: "./server.js"
                    cwd: "\(folder)"
                    workers: 2
                    worker:
                      env: {"PORT":"4001"}
                    supervision:
                      drainTimeout: "3000ms"

                    """)
            let again = try await CLIProgram.run(["import", "pm2", file.path, "--out", home.path], home: home)
            #expect(again.status == 64 && again.errors.contains("File exists"), "\(again)")
        }
    }

    @Test func `a file that node cannot read is named`() async throws {
        try await withTemporaryDirectory { home in
            let file = home.appending(path: "bad.js")
            try Data("module.exports = {".utf8).write(to: file)
            let outcome = try await CLIProgram.run(["import", "pm2", file.path], home: home)
            #expect(outcome.status == 64 && outcome.errors.contains("node cannot read"), "\(outcome)")
        }
    }
}
