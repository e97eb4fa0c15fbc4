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
    /// - Parameter yaml: the file's content; nil: there is no file.
    private static func read(
        _ yaml: String? = nil, flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> (AgentConfiguration, ConfigurationReader) {
        var result: (AgentConfiguration, ConfigurationReader)?
        try await withTemporaryDirectory { directory in
            var arguments = flags
            if let yaml {
                let file = directory.appending(path: "agent.yaml")
                try Data(yaml.utf8).write(to: file)
                arguments = ["--config", file.path] + flags
            }
            let environment = environment.merging(["HOME": "/home/x"]) { given, _ in given }
            result = try AgentOptions.parse(arguments).configuration(environment: environment, cores: 4)
        }
        return try #require(result)
    }

    private static func refusal(
        _ yaml: String? = nil, flags: [String] = [], environment: [String: String] = [:]
    ) async throws -> StartupError? {
        do {
            _ = try await read(yaml, flags: flags, environment: environment)
            return nil
        } catch let error as StartupError {
            return error
        }
    }

    @Test func theFileIsRead() async throws {
        let (configuration, _) = try await Self.read(
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

    @Test func aPortWaitsForReplacements() async throws {
        #expect(try await Self.read("").0.listenerLinger == .seconds(10))
        let (configuration, reader) = try await Self.read("listenerLinger: 500ms")
        #expect(configuration.listenerLinger == .milliseconds(500))
        #expect(try configuration.lines(reader).contains(#"listenerLinger: "500ms"  # the file"#))
        #expect(try await Self.read(flags: ["--listener-linger", "1m"]).0.listenerLinger == .seconds(60))
    }

    @Test func allThatAStartNeedsIsRead() async throws {
        let (file, reader) = try await Self.read(
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

    @Test func theRulesOfSupervisionAreRead() async throws {
        let (file, reader) = try await Self.read(
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
        let (flags, _) = try await Self.read(flags: ["--restart", "never", "--drain-timeout", "0", "--max-age", "none"])
        #expect(flags.policy.restart == .never && flags.policy.drainTimeoutMs == 0 && flags.policy.maxAgeMs == nil)
    }

    @Test func aRuleThatCannotBeNamesItsKey() async throws {
        let error = await #expect(throws: StartupError.self) {
            try await Self.read("supervision: {backoff: 1m, backoffMax: 1s}")
        }
        #expect(error?.code == .configuration && error?.description.contains("supervision.backoffMax") == true)
        let flag = await #expect(throws: StartupError.self) { try await Self.read(flags: ["--restart", "often"]) }
        #expect(flag?.code == .usage && flag?.description.contains("--restart: it must be one of always") == true)
    }

    @Test func theWorkersSocketsAreRead() async throws {
        let (file, reader) = try await Self.read(
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
        let (flags, _) = try await Self.read(flags: [
            "--worker-listen", "tcp://[::1]:80", "--worker-listen", "udp://0.0.0.0:53", "--worker-ready", "notify",
            "--worker-channel", "--worker-disconnect-signal", "sigint",
        ])
        #expect(flags.settings.channel)
        #expect(flags.settings.listen.map(\.description) == ["tcp://[::1]:80", "udp://0.0.0.0:53"])
        #expect(flags.settings.ready == .notify && flags.settings.disconnectSignal == .interrupt)
        let (variables, _) = try await Self.read(environment: [
            "CLUSTER_AGENT_WORKER_LISTEN": "tcp://[::1]:80,unix:///run/x",
            "CLUSTER_AGENT_WORKER_DISCONNECT_SIGNAL": "2",
        ])
        #expect(variables.settings.listen.count == 2 && variables.settings.disconnectSignal == .interrupt)
        #expect(!variables.settings.channel)
        #expect(variables.settings.ready == nil)
    }

    @Test func `all values that are none are told at once`() async throws {
        let error = try await Self.refusal(
            "grace: never\nworkers: 2\nlimits:\n  watchers: +5\n  connections: 0\n",
            environment: ["CLUSTER_AGENT_MAX_WORKERS": "many"])
        #expect(error?.code == .configuration)
        let lines = error?.description.split(separator: "\n") ?? []
        #expect(lines.count == 4, "nothing is said of the workers, who need an EXEC: \(lines)")
        for text in ["agent.yaml:1: grace: it", ":4: limits.watchers: it", ":5: limits.connections: it"] {
            #expect(lines.contains { $0.contains(text) }, "\(text)")
        }
        #expect(lines.contains { $0.hasPrefix("CLUSTER_AGENT_MAX_WORKERS: it must be") })
    }

    @Test(arguments: [
        ("worker: {listen: [\"0.0.0.0:80\"]}", "worker.listen"), ("worker: {ready: soon}", "worker.ready"),
        ("worker: {disconnectSignal: 0}", "worker.disconnectSignal"), ("worker: {port: 80}", "worker.port"),
    ])
    func whatIsWrongWithTheWorkersSocketsIsNamed(_ yaml: String, _ key: String) async throws {
        let error = try await Self.refusal(yaml)
        #expect(error?.code == .configuration && error?.description.contains(key) == true)
    }

    @Test func aFlagGoesBeforeAVariableAndThatBeforeTheFile() async throws {
        let file = "grace: 1s\nlogLevel: debug\nmaxWorkers: 5\n"
        let environment = ["CLUSTER_AGENT_GRACE": "2s", "CLUSTER_AGENT_LOG_LEVEL": "error"]
        let (configuration, reader) = try await Self.read(file, flags: ["--grace", "3s"], environment: environment)
        #expect(configuration.grace == .seconds(3))
        #expect(configuration.logLevel == .error)
        #expect(configuration.maxWorkers == 5)
        #expect(reader.origin(of: .grace) == .flag && reader.origin(of: .logLevel) == .environment)
        #expect(reader.origin(of: .maxWorkers) == .file && reader.origin(of: .watchers) == .standard)
    }

    @Test func aVariableHoldsAList() async throws {
        let environment = ["CLUSTER_AGENT_LISTEN": "127.0.0.1:1,[::1]:2", "CLUSTER_AGENT_TLS_ROLES_READ": "a,b"]
        let (configuration, _) = try await Self.read(environment: environment)
        #expect(configuration.listen.map(\.port) == [1, 2])
        #expect(configuration.clientRoles.subjects(of: .read) == ["a", "b"])
    }

    @Test func defaultsOfTheEnvironmentCountLeast() async throws {
        let defaults = ["CLUSTER_DATA_DIR": "/default", "NODE_CLUSTER_SCHED_POLICY": "none"]
        let (adopted, reader) = try await Self.read(environment: defaults)
        #expect(adopted.dataDirectory == "/default" && adopted.settings.schedulingPolicy == .none)
        #expect(reader.origin(of: .dataDirectory) == .fallback)
        let (file, _) = try await Self.read("dataDir: /file\nschedulingPolicy: reuseport\n", environment: defaults)
        #expect(file.dataDirectory == "/file" && file.settings.schedulingPolicy == .reuseport)
        let own = ["CLUSTER_AGENT_DATA_DIR": "/own", "CLUSTER_AGENT_SCHEDULING_POLICY": "rr"]
        let (variables, _) = try await Self.read("dataDir: /file\n", environment: defaults.merging(own) { $1 })
        #expect(variables.dataDirectory == "/own" && variables.settings.schedulingPolicy == .roundRobin)
    }

    @Test func theOtherCommandsAreAboutTheSameDirectory() throws {
        let defaults = ["CLUSTER_DATA_DIR": "/default", "HOME": "/h"]
        #expect(try DataDirectory.configuredPath("/flag", in: defaults) == "/flag")
        #expect(try DataDirectory.configuredPath(nil, in: defaults) == "/default")
        #expect(try DataDirectory.configuredPath(nil, in: ["HOME": "/h"]) == "/h/.local/state/cluster-agent")
        let own = defaults.merging(["CLUSTER_AGENT_DATA_DIR": "/own"]) { $1 }
        #expect(try DataDirectory.configuredPath(nil, in: own) == "/own")
    }

    @Test func aVariableMayNameTheFile() async throws {
        let error = try await Self.refusal(environment: ["CLUSTER_AGENT_CONFIG": "/no/such/file.yaml"])
        #expect(error?.code == .configuration)
        #expect(error?.description == "cannot read the configuration /no/such/file.yaml: No such file or directory")
    }

    @Test func aCommandsArgumentsAreNotMixedWithTheFiles() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml")
            try Data("exec: /bin/false\nargs: [of, the, file]\n".utf8).write(to: file)
            let command = try AgentCommand.parse(["--config", file.path, "/bin/sh"])
            let configuration = try command.makeConfiguration(environment: ["HOME": "/h"], cores: 1)
            #expect(configuration.settings.exec == "/bin/sh" && configuration.settings.args == [])
        }
    }

    @Test(arguments: ["", "# nothing\n", "{}", "---\n"])
    func aFileMayBeEmpty(yaml: String) async throws {
        let refusal = try await Self.refusal(yaml)
        #expect(refusal == nil, "\(refusal?.description ?? "")")
    }

    @Test(arguments: [
        ("wokers: 2", ":1: there is no key wokers. Did you mean 'workers'?"),
        (
            "grace: 1\nlimits:\n  conections: 2\n",
            ":3: there is no key limits.conections. Did you mean 'limits.connections'?"
        ),
        ("tls:\n  client_ca: x\n", "Did you mean 'tls.clientCA'?"),
        ("DATADIR: /x", "Did you mean 'dataDir'?"),
        ("limits: 3", "limits: it must be keys with values"),
        ("listen: 127.0.0.1:1", "listen: it must be a list"),
        ("grace: [1]", "grace: it must be one value"),
        ("grace: soon", "grace: it must be a time up to a day, such as 10, 500ms, 1m, not soon"),
        ("workers: -1", ":1: workers: it must be a number up to 1000"),
        ("maxWorkers: 0", ":1: maxWorkers: it must be a number from 1 to 100000, not 0"),
        ("insecure: {noAuth: yes}", "insecure.noAuth: it must be true or false, not yes"),
        ("logLevel: loud", "logLevel: it must be one of trace"),
        ("tls: {roles: {read: [a], admin: [a]}}", "a has another role already"),
        ("- a\n- b\n", "it must be keys with values"),
        ("hostNames: [a, \"proxy:80\"]", "agent.yaml:1: hostNames: it must be a name without a port, not proxy:80"),
        ("hostNames: [\"a b\"]", "hostNames: it must be a name without a port, not a b"),
        ("a: b: c", "cannot read the configuration"),
        ("grace: 1\nworkers: 2\n\"grace\": 2\n", "agent.yaml:3: it has grace twice"),
        ("worker:\n  ready: notify\n  channel: true\n  ready: notify\n", "agent.yaml:4: it has worker.ready twice"),
        (
            "tls:\n  roles:\n    # who reads\n    read: [a]\n    read: [b]\n",
            "agent.yaml:5: it has tls.roles.read twice"
        ),
        ("worker.ready: notify\nworker:\n  ready: notify\n", "agent.yaml:3: it has worker.ready twice"),
        ("{grace: 1, grace: 2}", "agent.yaml: it has grace twice"),
        ("grace: 1\nworkers: 2\n", "agent.yaml:2: workers needs an EXEC to fork"),
        ("\nexec: /no/such/program", "agent.yaml:2: cannot find exec: /no/such/program"),
        ("grace: 1\nlisten: [\"0.0.0.0:1\"]", "agent.yaml:2: listen: 0.0.0.0:1 can be reached"),
        ("listen: [\"0.0.0.0:1\"]", "set tls.cert and tls.key, listen on 127.0.0.1, or set insecure.plaintext: true"),
        (
            "listen: [\"0.0.0.0:1\"]\ninsecure: {noAuth: true}",
            "agent.yaml:2: insecure.noAuth is for loopback only, and 0.0.0.0:1 is not"
        ),
    ])
    func whatIsWrongInTheFileIsNamed(yaml: String, complaint: String) async throws {
        let error = try #require(try await Self.refusal(yaml))
        #expect(error.code == .configuration && error.description.contains(complaint), "\(error)")
    }

    @Test(arguments: [
        ("CLUSTER_AGENT_GRACIE", "1", "there is no variable CLUSTER_AGENT_GRACIE. Did you mean 'CLUSTER_AGENT_GRACE'?"),
        ("CLUSTER_AGENT_GRACE", "soon", "CLUSTER_AGENT_GRACE: it must be a time"),
        ("CLUSTER_AGENT_LISTEN", "x", "CLUSTER_AGENT_LISTEN: it must be HOST:PORT, such as"),
        ("CLUSTER_AGENT_WORKRES", "2", "Did you mean 'CLUSTER_AGENT_WORKERS'?"),
        ("CLUSTER_AGENT_PORT", "7420", "there is no variable CLUSTER_AGENT_PORT"),
        ("CLUSTER_AGENT_PORT_x_TCP", "7420", "there is no variable CLUSTER_AGENT_PORT_x_TCP"),
    ])
    func whatIsWrongInTheEnvironmentIsNamed(name: String, value: String, complaint: String) async throws {
        let error = try #require(try await Self.refusal(environment: [name: value]))
        #expect(error.code == .configuration && error.description.contains(complaint), "\(error)")
    }

    @Test func allKeysThatDoNotExistAreNamedInTheOrderOfTheirLines() async throws {
        let error = try #require(try await Self.refusal("grace: [1]\nwokers: 2\nlimits:\n  many: 3\n"))
        let lines = error.description.split(separator: "\n").map {
            $0.split(separator: "agent.yaml").last.map(String.init)
        }
        try #require(lines.count == 3)
        #expect(lines[0]?.hasPrefix(":1: grace") == true)
        #expect(lines[1]?.hasPrefix(":2: there is no key wokers") == true)
        #expect(lines[2]?.hasPrefix(":4: there is no key limits.many") == true)
    }

    /// In the words of whoever has said it.
    @Test func aVariableThatNeedsAnotherIsNamed() async throws {
        let error = try #require(try await Self.refusal(environment: ["CLUSTER_AGENT_WORKERS": "2"]))
        #expect(error.code == .configuration)
        #expect(error.description == "CLUSTER_AGENT_WORKERS needs an EXEC to fork")
        #expect(try await Self.refusal(flags: ["--workers", "2"])?.description == "--workers needs an EXEC to fork")
    }

    /// What is shown can be written on the command line.
    @Test(arguments: ConfigurationKey.allCases)
    func aFlagIsSpeltAsTheHelpHasIt(key: ConfigurationKey) {
        let flags = Set(AgentCommand.helpMessage().matches(of: #/--[a-z][a-z-]*/#).map { String($0.0) })
        let onlyInTheFile: [ConfigurationKey] = [
            .exec, .args, .maxWorkers, .hostNames, .tlsReaders, .tlsOperators, .tlsAdmins, .connections,
            .connectionsPerAddress, .watchers, .execPath, .execArgv, .serialization, .stdio, .silent, .uid, .gid,
            .workerEnvironment, .backoff, .backoffMax, .heartbeat, .unresponsiveAfter, .instanceVariable,
        ]
        #expect(flags.contains(key.flag) != onlyInTheFile.contains(key))
    }

    /// What Kubernetes tells every container of a service called `cluster-agent`, or `cluster-agent-api`.
    @Test func theVariablesOfAServiceAreIgnored() async throws {
        var environment: [String: String] = [:]
        for service in ["CLUSTER_AGENT", "CLUSTER_AGENT_API"] {
            environment[service + "_SERVICE_HOST"] = "10.96.0.12"
            environment[service + "_SERVICE_PORT"] = "7420"
            environment[service + "_SERVICE_PORT_METRICS"] = "7420"
            environment[service + "_PORT"] = "tcp://10.96.0.12:7420"
            for (transport, scheme) in [("TCP", "tcp"), ("UDP", "udp"), ("SCTP", "sctp")] {
                let port = service + "_PORT_7420_" + transport
                environment[port] = "\(scheme)://10.96.0.12:7420"
                environment[port + "_PROTO"] = scheme
                environment[port + "_PORT"] = "7420"
                environment[port + "_ADDR"] = "10.96.0.12"
            }
        }
        let refusal = try await Self.refusal(environment: environment)
        #expect(refusal == nil, "\(refusal?.description ?? "")")
    }

    @Test func theFileMayBeAPipe() async throws {
        try await withTemporaryDirectory { directory in
            let pipe = directory.appending(path: "pipe").path
            #expect(mkfifo(pipe, 0o600) == 0)
            let writer = Task.detached { try Data("grace: 3s\nworkers: 0\n".utf8).write(to: URL(filePath: pipe)) }
            let (configuration, _) = try await Self.read(flags: ["--config", pipe])
            try await writer.value
            #expect(configuration.grace == .seconds(3))
        }
    }

    @Test func aFileWithoutEndIsRefused() async throws {
        let error = try await Self.refusal(flags: ["--config", "/dev/zero"])
        #expect(error?.code == .configuration)
        #expect(error?.description == "cannot read the configuration /dev/zero: File too large")
    }

    @Test func whatIsNoTextIsRefused() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml")
            try Data([0x61, 0x3a, 0xff]).write(to: file)
            let error = try await Self.refusal(flags: ["--config", file.path])
            #expect(error?.description == "cannot read the configuration \(file.path): it is not UTF-8 text")
        }
    }

    @Test(arguments: [["--tls-cert", "a"], ["--tls-key", "b"], ["--tls-client-ca", "c"]])
    func tlsNeedsBothItsFiles(flags: [String]) async throws {
        #expect(try await Self.refusal(flags: flags)?.code == .usage)
    }

    /// The command line is not wrong where it says nothing.
    @Test(arguments: [
        "tls: {cert: a}", "tls: {key: a}", "tls: {clientCA: a}", "workers: 2", "listen: [\"0.0.0.0:1\"]",
        "exec: /no/such/program",
        "listen: [\"0.0.0.0:1\"]\ninsecure: {noAuth: true}",
    ])
    func whatDoesNotGoTogetherInTheFileIsItsMistake(yaml: String) async throws {
        #expect(try await Self.refusal(yaml)?.code == .configuration)
    }

    @Test(arguments: [
        ["--workers", "2"], ["--listen", "0.0.0.0:1"], ["--listen", "0.0.0.0:1", "--insecure-no-auth"],
    ])
    func whatDoesNotGoTogetherOnTheCommandLineIsItsMistake(flags: [String]) async throws {
        #expect(try await Self.refusal(flags: flags)?.code == .usage)
    }

    @Test func withTLSOtherMachinesMayConnect() async throws {
        let flags = ["--listen", "0.0.0.0:1", "--tls-cert", "a", "--tls-key", "b"]
        let (configuration, _) = try await Self.read(flags: flags)
        #expect(configuration.tls == TLSFiles(certificate: "a", key: "b"))
        #expect(try await Self.refusal(flags: flags + ["--insecure-no-auth"])?.code == .usage)
    }

    @Test func anEmptyDataDirectoryIsRefused() async throws {
        let error = try #require(try await Self.refusal(flags: ["--data-dir", ""]))
        #expect(error.code == .usage && error.description == "--data-dir: it must be a text that is not empty")
    }

    @Test func aSubjectHasOneRole() async throws {
        let (configuration, _) = try await Self.read("tls: {roles: {read: [a], admin: [\"CN=b,O=c\"]}}")
        #expect(configuration.clientRoles == ClientRoles(["a": .read, "CN=b,O=c": .admin]))
    }

    /// What is shown can be written into a file, and says the same there.
    @Test func whatIsShownIsAFile() async throws {
        let yaml =
            "exec: /bin/sh\nargs: [\"--token=s3cret\", \"c: #\"]\nhostNames: [h]\n"
            + "tls: {cert: a, key: b, roles: {read: [r]}}\n"
        let (configuration, reader) = try await Self.read(yaml, flags: ["--grace", "1500ms"])
        let lines = try configuration.lines(reader)
        #expect(lines.contains("grace: \"1500ms\"  # a flag"))
        #expect(lines.contains("listen: [\"127.0.0.1:7420\"]  # the default"))
        #expect(lines.contains("tls.cert: \"a\"  # the file"))
        #expect(lines.contains(#"args: ["<hidden>","<hidden>"]  # the file"#), "they may hold a secret")
        let (again, secondReader) = try await Self.read(lines.joined(separator: "\n"))
        let values = try again.lines(secondReader).map { $0.prefix { $0 != "#" } }
        #expect(values == lines.map { $0.prefix { $0 != "#" } })
    }

    @Test func everyKeyHasAVariableOfItsOwn() {
        let variables = ConfigurationKey.allCases.map(\.variable)
        #expect(Set(variables).count == variables.count)
        #expect(ConfigurationKey.tlsClientCA.variable == "CLUSTER_AGENT_TLS_CLIENT_CA")
        #expect(ConfigurationKey.connectionsPerAddress.variable == "CLUSTER_AGENT_LIMITS_CONNECTIONS_PER_ADDRESS")
    }

    /// The names that the library looks for are those that are looked through.
    @Test(arguments: ConfigurationKey.allCases)
    func aVariableIsFoundByItsName(key: ConfigurationKey) async throws {
        let environment = [key.variable: "7"]
        let reader = try ConfigurationReader(flags: [:], environment: environment, file: nil)
        #expect(reader.origin(of: key) == .environment)
    }
}
