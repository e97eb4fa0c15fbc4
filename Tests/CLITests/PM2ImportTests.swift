// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@testable import CLI

/// Configurations from PM2's ecosystem files.
@Suite(.timeLimit(.minutes(1)))
struct PM2ImportTests {
    private static func app(_ keys: [String: JSONValue], longestName: Int = 73) -> PM2App {
        PM2App(keys, in: .init(folder: "/srv/app", home: "/home/ann", longestName: longestName), number: 1)
    }

    @Test(
        arguments: [
            ("script", "./server.js", "exec", "./server.js"), ("args", "-p 1 'a b'", "args", ["-p", "1", "a b"]),
            ("cwd", "api", "cwd", "/srv/app/api"), ("cwd", "/x", "cwd", "/x"), ("cwd", "./", "cwd", "/srv/app"),
            ("cwd", "./a/", "cwd", "/srv/app/a"), ("cwd", "~/a", "cwd", "/home/ann/a"), ("instances", 4, "workers", 4),
            ("instances", "max", "workers", "max"), ("instances", 0, "workers", "max"),
            ("instances", "3", "workers", 3), ("uid", "www-data", "uid", "www-data"), ("user", 33, "uid", 33),
            ("interpreter", "python3", "execPath", "python3"), ("node_args", "--inspect", "execArgv", ["--inspect"]),
            ("interpreterArgs", "-r 'a b'", "execArgv", ["-r", "a b"]),
            ("source_map_support", true, "execArgv", ["--enable-source-maps"]),
            ("env", ["PORT": 8000, "DB": ["h": "x"]], "worker.env", ["PORT": "8000", "DB": #"{"h":"x"}"#]),
            ("wait_ready", true, "worker.ready", "message"),
            ("listen_timeout", 3000, "supervision.readyTimeout", "3000ms"),
            ("kill_timeout", "5s", "supervision.drainTimeout", "5000ms"),
            ("killTimeout", "1m", "supervision.drainTimeout", "60000ms"),
            ("max_memory_restart", "300M", "supervision.maxMemory", "300M"),
            ("max_memory_restart", "1.5G", "supervision.maxMemory", "1536M"),
            ("max_memory_restart", 104_857_601, "supervision.maxMemory", "104857601"),
            ("stop_exit_codes", [0], "supervision.restart", "onFailure"),
            ("autorestart", false, "supervision.restart", "never"), ("max_restarts", 5, "supervision.intensity", 5),
            ("max_restarts", "16", "supervision.intensity", 16),
            ("instance_var", "N", "supervision.instanceVariable", "N"),
        ] as [(String, JSONValue, String, JSONValue)])
    func `a key becomes one of the configuration`(key: String, value: JSONValue, name: String, wanted: JSONValue) {
        let app = Self.app([key: value])
        #expect(app.values[name] == wanted)
        #expect(app.fates.map(\.fate) == [.becomes(name)])
    }

    /// An agent would refuse them.
    @Test(
        arguments: [
            ("max_memory_restart", "300K"), ("max_memory_restart", "lots"), ("kill_timeout", "soon"),
            ("kill_timeout", -1),
            ("kill_timeout", 1e12), ("restart_delay", 0), ("listen_timeout", 0), ("max_restarts", -1),
            ("max_restarts", "x"),
            ("uid", -1), ("uid", true), ("gid", ""), ("instance_var", "A=B"), ("env", "A=B"), ("script", ""),
            ("args", 5), ("instances", true), ("interpreter", "node@18.1.0"),
        ] as [(String, JSONValue)])
    func `a value that means nothing to an agent is not written`(key: String, value: JSONValue) {
        let app = Self.app([key: value])
        let kept = app.values.keys.filter { !["name", "cwd", "workers"].contains($0) }
        #expect(kept.isEmpty && app.values["workers"] == 1, "\(app.values)")
        #expect(app.fates[0].fate.words.hasPrefix("not "), "\(app.fates)")
    }

    @Test func `values beyond an agent's bounds become none`() {
        let app = Self.app(["instances": 5000, "max_restarts": 99_999])
        #expect(app.values["workers"] == "max" && app.values["supervision.intensity"] == 0)
        #expect(
            app.fates.map(\.fate.words).allSatisfy { $0.contains("1000") || $0.contains("no limit") }, "\(app.fates)")
    }

    @Test func `a delay that does not grow stays so`() {
        let fixed = Self.app(["restart_delay": 4000])
        #expect(fixed.values["supervision.backoff"] == "4000ms" && fixed.values["supervision.backoffMax"] == "4000ms")
        let growing = Self.app(["restart_delay": 4000, "exp_backoff_restart_delay": 100])
        #expect(growing.values["supervision.backoff"] == "100ms" && growing.values["supervision.backoffMax"] == nil)
    }

    @Test func `a port is a variable, and counts more than the one in env`() {
        for env in [["PORT": 1, "A": "b"], ["A": "b"]] as [JSONValue] {
            #expect(Self.app(["env": env, "port": 8000]).values["worker.env"] == ["PORT": "8000", "A": "b"])
        }
        #expect(Self.app(["env": ["A=B": 1, "": 2, "C": 3]]).values["worker.env"] == ["C": "3"])
    }

    @Test func `a key under two names counts once`() {
        let app = Self.app(["exec": "a.js", "script": "b.js", "maxRestarts": 1, "max_restarts": 2])
        #expect(app.values["exec"] == "b.js" && app.values["supervision.intensity"] == 2)
        #expect(app.fates[0].fate == .notNeeded("script says it too"))
    }

    @Test func `each other key has a reason`() {
        let app = Self.app([
            "watch": true, "cron_restart": "0 0 * * *", "out_file": "x.log", "env_production": ["A": "b"], "hm": 1,
            "exec_mode": "fork", "instances": -1, "errLog": "y", "nothing": nil, "autostart": true,
        ])
        let words = app.fates.map { "\($0.key): \($0.fate.words.prefix { $0 != ":" })" }
        #expect(
            words == [
                "autostart: not needed", "cron_restart: not available", "env_production: not available",
                "errLog: not needed", "exec_mode: not needed", "hm: not available", "instances: not available",
                "out_file: not needed", "watch: not available",
            ])
    }

    @Test func `a script of npm is kept, with what to do about it`() {
        let app = Self.app(["script": "/usr/bin/npm", "args": "start"])
        #expect(app.values["exec"] == "/usr/bin/npm")
        #expect(app.fates.last?.fate.words.hasPrefix("exec; name the program that npm starts") == true)
    }

    @Test func `a script with blanks is run by a shell, as PM2 does`() {
        let app = Self.app(["script": "node server.js --x", "args": "y"])
        #expect(app.values["exec"] == "bash" && app.values["args"] == ["-c", "node server.js --x"])
        #expect(app.fates[0].fate == .notNeeded("script has its own"))
    }

    @Test func `a script gets the interpreter that PM2 takes for its ending`() {
        #expect(Self.app(["script": "job.py"]).values["execPath"] == "python3")
        #expect(Self.app(["script": "a.sh"]).values["execPath"] == "bash")
        #expect(Self.app(["script": "a.js"]).values["execPath"] == nil)
        #expect(Self.app(["script": "job.py", "interpreter": "none"]).values["execPath"] == nil)
        #expect(Self.app(["script": "job.py", "interpreter": "pypy"]).values["execPath"] == "pypy")
    }

    @Test func `an app that is not restarted stays so, whatever its exit codes`() {
        let app = Self.app(["autorestart": false, "stop_exit_codes": [0]])
        #expect(app.values["supervision.restart"] == "never")
    }

    @Test func `an app without a number of instances stays one process`() {
        #expect(Self.app(["script": "a.js"]).values["workers"] == 1)
    }

    @Test func `a name that an agent cannot have is replaced`() {
        let names = ["web": "web", "my app": "my-app", "../../web": "web", "": "app-1", "über": "ber"]
        for (given, name) in names { #expect(Self.app(["name": .string(given)]).name == name) }
    }

    @Test func `an app without a name is called after its script`() {
        let names = ["./dist/server.js": "server", "worker": "worker", "/srv/.hidden": "hidden", "a b.js": "a-b"]
        for (script, name) in names { #expect(Self.app(["script": .string(script)]).name == name) }
        #expect(Self.app([:]).name == "app-1")
    }

    @Test(
        arguments: [
            ([["name": "a"]], "app 1 ('a'): it has no script"), ([["name": "a", "script": nil]], "it has no script"),
            ([["script": "local.js"]], "local is what cluster-cli calls an agent without a name"),
            ([["name": "...", "script": "a"]], "app 1 ('...'): its name has no letter or digit"),
            (
                [["name": .string(String(repeating: "a", count: 74)), "script": "a"]],
                "has 74 bytes; an agent's name may have 73"
            ),
            (
                [["name": "my app", "script": "a"], ["script": "b"], ["name": "my-app", "script": "c"]],
                "app 1 ('my app') and app 3 ('my-app') have the same name, my-app"
            ),
        ] as [([[String: JSONValue]], String)])
    func `an app that can have no configuration is named`(list: [[String: JSONValue]], problem: String) {
        let error = #expect(throws: EcosystemProblem.self) { try PM2App.all(in: list, .init(folder: "/srv/app")) }
        #expect(error?.words.contains(problem) == true, "\(error?.words ?? "")")
    }

    @Test func `a name that is too long for one's own agents is for the system's`() {
        #expect(Self.app(["name": "abc"], longestName: 2).fates[0].fate.words.contains("your own may have 2 bytes"))
    }

    @Test func `text that YAML could not hold is spelled out`() {
        let yaml = Self.app(["script": "a\u{7F}\u{85}\u{2028}\"\nname:x"]).yaml
        #expect(yaml.contains(#"exec: "a\u007f\u0085\u2028\"\nname:x""#), "\(yaml)")
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
            #expect(again.status == 64 && again.errors.contains("\(home.path)/web.yaml is there already"), "\(again)")
        }
    }

    @Test func `the report is JSON too`() async throws {
        try await withTemporaryDirectory { home in
            let file = home.appending(path: "apps.json")
            try Data(#"{apps: [{script: "a.js", watch: true, time: true}] /* one */}"#.utf8).write(to: file)
            func words(_ format: String, _ out: String) async throws -> [String] {
                let folder = home.appending(path: out)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
                return ["import", "pm2", file.path, "--out", folder.path, "-o", format]
            }
            let app = #"""
                {"name":"a","file":"HOME/DIR/a.yaml","keys":[{"key":"script","fate":"becomes","setting":"exec"},\#
                {"key":"time","fate":"notNeeded","reason":"cluster-cli logs shows each line with its time and worker"},\#
                {"key":"watch","fate":"notAvailable","advice":"in development use node --watch"}]}
                """#.replacing("HOME", with: home.path)
            let whole = try await CLIProgram.run(words("json", "1"), home: home)
            #expect(whole.output == #"{"apps":["# + app.replacing("DIR", with: "1") + "]}\n", "\(whole)")
            let lines = try await CLIProgram.run(words("jsonl", "2"), home: home)
            #expect(lines.output == app.replacing("DIR", with: "2") + "\n", "\(lines)")
        }
    }

    @Test(arguments: [
        (#"[{name: "a", script: "a.js"}, {name: "b"}]"#, "app 2 ('b'): it has no script"),
        (#"[{name: "a", script: "a.js"}, {name: "taken", script: "a.js"}]"#, "taken.yaml is there already"),
        (#"[{name: "a", script: "a.js"}, {name: "a", script: "b.js"}]"#, "app 2 ('a') have the same name, a"),
    ])
    func `if one app cannot be written, none is`(apps: String, problem: String) async throws {
        try await withTemporaryDirectory { home in
            let file = home.appending(path: "ecosystem.config.js")
            try Data("module.exports = {apps: \(apps)}".utf8).write(to: file)
            try Data("mine".utf8).write(to: home.appending(path: "taken.yaml"))
            let outcome = try await CLIProgram.run(["import", "pm2", file.path, "--out", home.path], home: home)
            #expect(outcome.status == 64 && outcome.errors.contains(problem) && outcome.output.isEmpty, "\(outcome)")
            let names = try FileManager.default.contentsOfDirectory(atPath: home.path).sorted()
            #expect(names == ["ecosystem.config.js", "taken.yaml"])
            #expect(try String(contentsOf: home.appending(path: "taken.yaml"), encoding: .utf8) == "mine")
        }
    }

    @Test func `a folder that is not there is named`() async throws {
        try await withTemporaryDirectory { home in
            let file = home.appending(path: "a.json")
            try Data(#"[{script: "a.js"}]"#.utf8).write(to: file)
            let outcome = try await CLIProgram.run(["import", "pm2", file.path, "--out", "/no/folder"], home: home)
            #expect(outcome.status == 74 && outcome.errors.contains("/no/folder/a.yaml: No such file"), "\(outcome)")
        }
    }
}
