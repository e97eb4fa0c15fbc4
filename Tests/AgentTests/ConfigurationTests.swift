// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Contract
import Foundation
import Logging
import Shared
import TestSupport
import Testing
import Yams

@testable import Agent

/// What is configured where, and what counts.
@Suite struct ConfigurationTests {
    @Test func `the file is read`() async throws {
        let (configuration, _) = try await ConfigurationFixture.read(
            """
            # a comment
            dataDir: /srv/data
            listen: ["127.0.0.1:1", "[::1]:2"]
            hostNames: [proxy.example]
            exec: /bin/sh
            args: [-c, "true"]
            workers: 3
            maxWorkers: 7
            schedulingPolicy: none
            grace: 2m
            logLevel: debug
            limits:
              connections: 10
              connectionsPerAddress: 5
              watchers: 2
            """)
        #expect(configuration.dataDirectory == "/srv/data")
        #expect(configuration.listen.map(\.description) == ["127.0.0.1:1", "[::1]:2"])
        #expect(configuration.hostNames == ["proxy.example"])
        #expect(configuration.settings.exec == "/bin/sh" && configuration.settings.args == ["-c", "true"])
        #expect(configuration.workers == 3 && configuration.maxWorkers == 7)
        #expect(configuration.settings.schedulingPolicy == .none)
        #expect(configuration.grace == .seconds(120) && configuration.logLevel == .debug)
        #expect(configuration.limits.connections == 10 && configuration.limits.watchers == 2)
        #expect(configuration.limits.connectionsPerAddress == 5)
    }

    @Test func `the linger of a port can be configured`() async throws {
        #expect(try await ConfigurationFixture.read("").0.listenerLinger == .seconds(10))
        let (configuration, reader) = try await ConfigurationFixture.read("listenerLinger: 500ms")
        #expect(configuration.listenerLinger == .milliseconds(500))
        #expect(try configuration.lines(reader).contains(#"listenerLinger: "500ms"  # the file"#))
        #expect(
            try await ConfigurationFixture.read(flags: ["--listener-linger", "1m"]).0.listenerLinger == .seconds(60))
    }

    @Test func `everything that a start needs is read`() async throws {
        let (file, reader) = try await ConfigurationFixture.read(
            """
            exec: /bin/sh
            cwd: /tmp
            execPath: /bin/sh
            execArgv: [-e]
            envFiles: [/etc/app.env]
            serialization: advanced
            stdio: [ignore, inherit, "2", ipc]
            silent: true
            uid: 33
            gid: www-data
            worker:
              env: {PORT: 80, NAME: a=b}
            """)
        let settings = file.settings
        #expect(settings.cwd == "/tmp" && settings.execPath == "/bin/sh" && settings.execArgv == ["-e"])
        #expect(settings.envFiles == ["/etc/app.env"] && settings.serialization == .advanced && settings.silent)
        #expect(settings.stdio == [.ignore, .inherit, .descriptor(2), .ipc])
        #expect(settings.uid == .number(33) && settings.gid == .name("www-data"))
        #expect(file.workerEnvironment["PORT"] == "80" && file.workerEnvironment["NAME"] == "a=b")
        let lines = try file.lines(reader)
        #expect(lines.contains(#"worker.env: ["NAME=<hidden>","PORT=<hidden>"]  # the file"#))
        #expect(lines.contains(#"stdio: ["ignore","inherit",2,"ipc"]  # the file"#))
        #expect(lines.contains("uid: 33  # the file"))
        #expect(lines.contains(#"gid: "www-data"  # the file"#))
    }

    @Test func `the rules of supervision are read`() async throws {
        let (file, reader) = try await ConfigurationFixture.read(
            """
            supervision:
              restart: onFailure
              readyTimeout: 5m
              backoff: 250ms
              intensity: 5
              whenGivenUp: exit
              unresponsiveAfter: 20s
              unresponsive: restart
              maxMemory: 512M
              maxAge: 1d
              instanceVariable: NODE_APP_INSTANCE
            """)
        let policy = file.policy
        #expect(policy.restart == .onFailure && policy.readyTimeoutMs == 300_000 && policy.backoffMs == 250)
        #expect(policy.intensity == 5 && policy.whenGivenUp == .exit)
        #expect(policy.unresponsiveMs == 20_000 && policy.unresponsive == .restart)
        #expect(policy.maxMemoryBytes == 512 << 20 && policy.maxAgeMs == 86_400_000)
        #expect(file.instanceVariable == "NODE_APP_INSTANCE")
        let lines = try file.lines(reader)
        #expect(lines.contains(#"supervision.readyTimeout: "300s"  # the file"#))
        #expect(lines.contains(#"supervision.killTimeout: "5s"  # the default"#))
        #expect(lines.contains(#"supervision.backoff: "250ms"  # the file"#))
        let (flags, _) = try await ConfigurationFixture.read(flags: [
            "--restart", "never", "--drain-timeout", "0", "--max-age", "none",
        ])
        #expect(flags.policy.restart == .never && flags.policy.drainTimeoutMs == 0 && flags.policy.maxAgeMs == nil)
    }

    @Test func `the error for an invalid rule names its key`() async throws {
        let error = await #expect(throws: StartupError.self) {
            try await ConfigurationFixture.read("supervision: {backoff: 1m, backoffMax: 1s}")
        }
        #expect(error?.code == .configuration && error?.description.contains("supervision.backoffMax") == true)
        let flag = await #expect(throws: StartupError.self) {
            try await ConfigurationFixture.read(flags: ["--restart", "often"])
        }
        #expect(flag?.code == .usage && flag?.description.contains("--restart: it must be one of always") == true)
    }

    @Test func `the workers' sockets are read`() async throws {
        let (file, reader) = try await ConfigurationFixture.read(
            """
            worker:
              {listen: ["tcp://0.0.0.0:80#web", "unix:///run/x"], ready: notify, channel: true, disconnectSignal: QUIT}
            """)
        #expect(file.settings.listen.map(\.description) == ["tcp://0.0.0.0:80#web", "unix:///run/x"])
        #expect(file.settings.ready == .notify && file.settings.disconnectSignal == Signal("SIGQUIT"))
        #expect(file.settings.channel)
        let lines = try file.lines(reader)
        #expect(lines.contains("worker.channel: true  # the file"))
        #expect(lines.contains(#"worker.listen: ["tcp://0.0.0.0:80#web","unix:///run/x"]  # the file"#))
        #expect(lines.contains(#"worker.disconnectSignal: "SIGQUIT"  # the file"#))
        let (flags, _) = try await ConfigurationFixture.read(flags: [
            "--worker-listen", "tcp://[::1]:80", "--worker-listen", "udp://0.0.0.0:53", "--worker-ready", "notify",
            "--worker-channel", "--worker-disconnect-signal", "sigint",
        ])
        #expect(flags.settings.channel)
        #expect(flags.settings.listen.map(\.description) == ["tcp://[::1]:80", "udp://0.0.0.0:53"])
        #expect(flags.settings.ready == .notify && flags.settings.disconnectSignal == .interrupt)
        let (variables, _) = try await ConfigurationFixture.read(environment: [
            "CLUSTER_AGENT_WORKER_LISTEN": "tcp://[::1]:80,unix:///run/x",
            "CLUSTER_AGENT_WORKER_DISCONNECT_SIGNAL": "2",
        ])
        #expect(variables.settings.listen.count == 2 && variables.settings.disconnectSignal == .interrupt)
        #expect(!variables.settings.channel)
        #expect(variables.settings.ready == nil)
    }

    @Test(arguments: [("::1", "::1"), ("[fe80::1]", "fe80::1"), ("proxy.example", "proxy.example")])
    func `a host name may be an IPv6 address`(text: String, name: String) async throws {
        let (configuration, _) = try await ConfigurationFixture.read("hostNames: [\"\(text)\"]\n")
        #expect(configuration.hostNames == [name])
    }

    @Test func `a flag counts more than a variable, and a variable more than the file`() async throws {
        let file = "grace: 1s\nlogLevel: debug\nmaxWorkers: 5\n"
        let environment = ["CLUSTER_AGENT_GRACE": "2s", "CLUSTER_AGENT_LOG_LEVEL": "error"]
        let (configuration, reader) = try await ConfigurationFixture.read(
            file, flags: ["--grace", "3s"], environment: environment)
        #expect(configuration.grace == .seconds(3))
        #expect(configuration.logLevel == .error)
        #expect(configuration.maxWorkers == 5)
        #expect(reader.origin(of: .grace) == .flag && reader.origin(of: .logLevel) == .environment)
        #expect(reader.origin(of: .maxWorkers) == .file && reader.origin(of: .watchers) == .standard)
    }

    @Test func `a variable can hold a list`() async throws {
        let environment = ["CLUSTER_AGENT_LISTEN": "127.0.0.1:1,[::1]:2", "CLUSTER_AGENT_TLS_ROLES_READ": "a,b"]
        let (configuration, _) = try await ConfigurationFixture.read(environment: environment)
        #expect(configuration.listen.map(\.port) == [1, 2])
        #expect(configuration.clientRoles.subjects(of: .read) == ["a", "b"])
    }

    @Test func `the environment's defaults count least`() async throws {
        let defaults = ["CLUSTER_DATA_DIR": "/default", "NODE_CLUSTER_SCHED_POLICY": "none"]
        let (adopted, reader) = try await ConfigurationFixture.read(environment: defaults)
        #expect(adopted.dataDirectory == "/default" && adopted.settings.schedulingPolicy == .none)
        #expect(reader.origin(of: .dataDirectory) == .fallback)
        let (file, _) = try await ConfigurationFixture.read(
            "dataDir: /file\nschedulingPolicy: reuseport\n", environment: defaults)
        #expect(file.dataDirectory == "/file" && file.settings.schedulingPolicy == .reuseport)
        let own = ["CLUSTER_AGENT_DATA_DIR": "/own", "CLUSTER_AGENT_SCHEDULING_POLICY": "rr"]
        let (variables, _) = try await ConfigurationFixture.read(
            "dataDir: /file\n", environment: defaults.merging(own) { $1 })
        #expect(variables.dataDirectory == "/own" && variables.settings.schedulingPolicy == .roundRobin)
    }

    @Test func `the other commands use the same data directory`() throws {
        let defaults = ["CLUSTER_DATA_DIR": "/default", "HOME": "/h"]
        func path(_ words: [String], _ environment: [String: String]) throws -> String {
            try DataDirectoryOption.parse(words).path(in: environment, system: "/nowhere")
        }
        #expect(try path(["--data-dir", "/flag"], defaults) == "/flag")
        #expect(try path([], defaults) == "/default")
        #expect(try path(["--app", "local"], defaults) == "/default")
        #expect(try path([], ["HOME": "/h"]) == "/h/.local/state/cluster-agent")
        let own = defaults.merging(["CLUSTER_AGENT_DATA_DIR": "/own"]) { $1 }
        #expect(try path([], own) == "/own")
        #expect(try path([], own.merging(["CLUSTER_AGENT_NAME": "web"]) { $1 }) == "/own")
    }

    @Test func `the other commands make no place for a name that is mistyped`() async throws {
        try await withTemporaryDirectory { home in
            for place in ["own/apps/web", "own/apps/api", "system/shop"] {
                try FileManager.default.createDirectory(
                    at: home.appending(path: place), withIntermediateDirectories: true)
            }
            let (own, system) = (home.path + "/own", home.path + "/system")
            func path(_ app: String, _ environment: [String: String] = [:]) throws -> String {
                try DataDirectoryOption.parse(app.isEmpty ? [] : ["--app", app])
                    .path(in: environment.merging(["CLUSTER_DATA_DIR": own]) { $1 }, system: system)
            }
            #expect(try path("web") == own + "/apps/web")
            #expect(try path("shop") == system + "/shop")
            for (app, environment) in [("shpo", [:]), ("", ["CLUSTER_AGENT_NAME": "shpo"])] {
                let error = #expect(throws: StartupError.self) { try path(app, environment) }
                #expect(error?.code == .usage)
                #expect(
                    error?.description == "no agent called shpo has run on this machine: there is neither "
                        + "\(own)/apps/shpo nor \(system)/shpo. Did you mean 'shop'?")
            }
            #expect(throws: (any Error).self) { try DataDirectoryOption.parse(["--app", "a/b"]) }
        }
    }

    @Test func `the command line's arguments are not mixed with the file's`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml")
            try Data("exec: /bin/false\nargs: [of, the, file]\n".utf8).write(to: file)
            let command = try AgentCommand.parse(["--config", file.path, "/bin/sh"])
            let configuration = try command.makeConfiguration(environment: ["HOME": "/h"], cores: 1)
            #expect(configuration.settings.exec == "/bin/sh" && configuration.settings.args == [])
        }
    }

    /// What is shown can be written on the command line.
    @Test(arguments: ConfigurationKey.allCases)
    func `a flag is spelled as in the help`(key: ConfigurationKey) {
        let flags = Set(AgentCommand.helpMessage().matches(of: #/--[a-z][a-z-]*/#).map { String($0.0) })
        let onlyInTheFile: [ConfigurationKey] = [
            .exec, .args, .maxWorkers, .hostNames, .tlsReaders, .tlsOperators, .tlsAdmins, .connections,
            .connectionsPerAddress, .watchers, .execPath, .execArgv, .serialization, .stdio, .silent, .uid, .gid,
            .workerEnvironment, .backoff, .backoffMax, .heartbeat, .unresponsiveAfter, .instanceVariable,
            .logsSegmentBytes, .socketPath, .socketGroup, .socketMode, .socketReaders, .socketOperators, .socketAdmins,
            .stickiness, .stickyHeader, .stickyWait, .skipAfter,
            .fleetURL, .fleetPasswordFile, .fleetName, .fleetGroups, .fleetEndpoints,
            .fleetMaxLagBytes, .fleetMaxAge, .fleetForgetAfter,
        ]
        #expect(flags.contains(key.flag) != onlyInTheFile.contains(key))
    }

    @Test func `the file may be a pipe`() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            #expect(mkfifo(pipe, 0o600) == 0)
            let writer = Task.detached { try Data("grace: 3s\nworkers: 0\n".utf8).write(to: URL(filePath: pipe)) }
            let (configuration, _) = try await ConfigurationFixture.read(flags: ["--config", pipe])
            try await writer.value
            #expect(configuration.grace == .seconds(3))
        }
    }

    @Test func `a subject has one role`() async throws {
        let (configuration, _) = try await ConfigurationFixture.read("tls: {roles: {read: [a], admin: [\"CN=b,O=c\"]}}")
        #expect(configuration.clientRoles == ClientRoles(["a": .read, "CN=b,O=c": .admin]))
    }

    /// What is shown can be written into a file, and says the same there.
    @Test func `the shown configuration can be used as a file`() async throws {
        let yaml =
            "exec: /bin/sh\nargs: [\"--token=s3cret\", \"c: #\"]\nhostNames: [h]\n"
            + "tls: {cert: a, key: b, roles: {read: [r]}}\n"
        let (configuration, reader) = try await ConfigurationFixture.read(yaml, flags: ["--grace", "1500ms"])
        let lines = try configuration.lines(reader)
        #expect(lines.contains("grace: \"1500ms\"  # a flag"))
        #expect(lines.contains("listen: [\"127.0.0.1:7420\"]  # the default"))
        #expect(lines.contains("tls.cert: \"a\"  # the file"))
        #expect(lines.contains(#"args: ["<hidden>","<hidden>"]  # the file"#), "they may hold a secret")
        let (again, secondReader) = try await ConfigurationFixture.read(lines.joined(separator: "\n"))
        let values = try again.lines(secondReader).map { $0.prefix { $0 != "#" } }
        #expect(values == lines.map { $0.prefix { $0 != "#" } })
    }

    @Test func `each key has a variable of its own`() {
        let variables = ConfigurationKey.allCases.map(\.variable)
        #expect(Set(variables).count == variables.count)
        #expect(ConfigurationKey.tlsClientCA.variable == "CLUSTER_AGENT_TLS_CLIENT_CA")
        #expect(ConfigurationKey.connectionsPerAddress.variable == "CLUSTER_AGENT_LIMITS_CONNECTIONS_PER_ADDRESS")
    }

    /// The names that the library looks for are those that are looked through.
    @Test(arguments: ConfigurationKey.allCases)
    func `a variable is found by its name`(key: ConfigurationKey) async throws {
        let environment = [key.variable: "7"]
        let reader = try ConfigurationReader(flags: [:], environment: environment, file: nil)
        #expect(reader.origin(of: key) == .environment)
    }
}
