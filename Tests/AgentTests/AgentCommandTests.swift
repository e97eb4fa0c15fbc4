// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Shared
import TestSupport
import Testing

@testable import Agent

/// What the command line means.
@Suite struct AgentCommandTests {
    /// `/bin/sh` is where every test runs.
    private static func configuration(
        _ arguments: String..., environment: [String: String] = ["HOME": "/home/x"], cores: Int = 4
    ) async throws -> AgentConfiguration {
        try AgentCommand.parse(arguments).makeConfiguration(environment: environment, cores: cores)
    }

    private static func refusal(_ arguments: [String]) async throws -> StartupError? {
        do {
            _ = try AgentCommand.parse(arguments).makeConfiguration(environment: ["HOME": "/home/x"], cores: 4)
            return nil
        } catch let error as StartupError {
            return error
        }
    }

    /// A line of help that is too long would break in the middle of a sentence, at the first column.
    @Test func `examples fit a terminal of 80 columns`() {
        func check(_ command: any ParsableCommand.Type) {
            let lines = command.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  ") }
            let tooLong = lines.filter { $0.count >= 80 }
            #expect(tooLong.isEmpty, "\(command): \(tooLong)")
            command.configuration.subcommands.forEach(check)
        }
        check(AgentCommand.self)
    }

    @Test func `everything after EXEC belongs to the worker`() async throws {
        let configuration = try await Self.configuration(
            "--workers", "2", "/bin/sh", "--port", "80", "--workers", "9", "--help", "--", "-x")
        #expect(configuration.workers == 2)
        #expect(configuration.settings.exec == "/bin/sh")
        #expect(configuration.settings.args == ["--port", "80", "--workers", "9", "--help", "--", "-x"])
    }

    @Test func `two dashes end the options`() async throws {
        let settings = try await Self.configuration("--grace", "1", "--", "/bin/sh", "-c", "true").settings
        #expect(settings.exec == "/bin/sh" && settings.args == ["-c", "true"])
    }

    @Test(arguments: ["--bogus", "-x", "--worker=2", "--tls-cert"])
    func `an unknown option is refused`(option: String) {
        #expect(throws: (any Error).self) { try AgentCommand.parse([option]) }
    }

    @Test(arguments: [
        ("--wrokers", "there is no option --wrokers. Did you mean '--workers'?"),
        ("--grcae=3", "there is no option --grcae. Did you mean '--grace'?"),
        ("--something-else", "there is no option --something-else"),
    ])
    func `a mistyped option gets a suggestion`(option: String, expected: String) {
        let error = #expect(throws: (any Error).self) { try AgentCommand.parse([option]) }
        let message = error.map { AgentCommand.message(for: $0) } ?? ""
        #expect(message.hasPrefix(expected), "\(message)")
    }

    @Test func `the first word names a command`() {
        func name(_ words: String...) -> String {
            let (command, rest) = Program.command(words)
            return ([command.configuration.commandName ?? ""] + rest).joined(separator: " ")
        }
        #expect(name() == "cluster-agent" && name("server.js", "help") == "cluster-agent server.js help")
        #expect(name("token", "list") == "cluster-agent token list")
        #expect(name("help") == "cluster-agent --help" && name("help", "me") == "cluster-agent --help")
        #expect(name("help", "token", "create") == "cluster-agent token help create")
        #expect(name("./help") == "cluster-agent ./help", "a program of this name")
    }

    @Test func `the configuration can be checked with an EXEC`() throws {
        let check = try #require(
            try ConfigCommand.parseAsRoot(["check", "--workers", "2", "sh", "-c", "--x"]) as? ConfigCheck)
        #expect(check.command == ["sh", "-c", "--x"])
        #expect(throws: (any Error).self) { try ConfigCommand.parseAsRoot(["check", "--wrokers"]) }
        let help = #expect(throws: (any Error).self) { try ConfigCommand.parseAsRoot(["check", "--help"]) }
        #expect(help.map { ConfigCommand.fullMessage(for: $0).contains("USAGE: cluster-agent config check") } == true)
    }

    @Test func `wrong usage exits with 64`() {
        let error = #expect(throws: (any Error).self) { try AgentCommand.parse(["--bogus"]) }
        #expect(error.map { AgentCommand.exitCode(for: $0).rawValue } == 64)
    }

    @Test func `an agent forks one worker per core with EXEC, and none without`() async throws {
        #expect(try await Self.configuration("/bin/sh", cores: 7).workers == 7)
        #expect(try await Self.configuration("--workers", "max", "/bin/sh", cores: 7).workers == 7)
        #expect(try await Self.configuration("--workers", "0", "/bin/sh", cores: 7).workers == 0)
        #expect(try await Self.configuration(cores: 7).workers == 0)
    }

    @Test(arguments: ["1001", "-1", "two", "1.5", "MAX", ""])
    func `other numbers of workers are refused`(count: String) {
        #expect(throws: (any Error).self) { try AgentCommand.parse(["--workers=\(count)", "/bin/sh"]) }
    }

    @Test func `workers need an EXEC`() async throws {
        #expect(try await Self.refusal(["--workers", "2"])?.code == .usage)
    }

    @Test func `a missing EXEC is found before anything is started`() async throws {
        let error = try #require(try await Self.refusal(["/no/such/program.js"]))
        #expect(error.code == .usage && error.description.hasPrefix("cannot find EXEC: /no/such/program.js"))
    }

    /// Node does not look for its script in PATH.
    @Test(arguments: ["/no/such/program.js", "sh"])
    func `a missing primary script is found before anything is started`(exec: String) async throws {
        let environment = ["HOME": "/h", "PATH": "/bin"]
        for words in [["--primary", exec], ["--primary", "--cwd", "/tmp", exec]] {
            let command = try AgentCommand.parse(words)
            let error = #expect(throws: StartupError.self) {
                try command.makeConfiguration(environment: environment, cores: 1)
            }
            #expect(error?.code == .usage && error?.description.hasPrefix("cannot find EXEC: \(exec)") == true)
        }
    }

    @Test func `a primary script is found as Node finds it`() async throws {
        try await withTemporaryDirectory { directory in
            for name in ["server.js", "plain", "index.js"] {
                try Data("1".utf8).write(to: directory.appending(path: name))
            }
            for name in ["server", "server.js", "plain", "."] {
                let command = try AgentCommand.parse(["--primary", "--cwd", directory.path, name])
                #expect(throws: Never.self) {
                    try command.makeConfiguration(environment: ["HOME": "/h", "PATH": "/bin:/usr/bin"], cores: 1)
                }
            }
        }
    }

    @Test func `a script without its interpreter is left to the first fork`() async throws {
        try await withTemporaryDirectory { directory in
            let script = directory.path + "/server.js"
            try Data("'use strict';\n".utf8).write(to: URL(filePath: script))
            // There is no PATH.
            #expect(try await Self.configuration(script).settings.exec == script)
        }
    }

    @Test func `an EXEC without a path is looked for in PATH`() async throws {
        let configuration = try await Self.configuration("sh", environment: ["HOME": "/h", "PATH": "/no/such:/bin"])
        #expect(configuration.settings.exec == "/bin/sh")
        #expect(try await Self.refusal(["no-such-program"])?.code == .usage)
    }

    @Test(arguments: [
        ["--worker-listen=http://0.0.0.0:80"], ["--worker-ready=soon"], ["--worker-disconnect-signal=0"],
        ["--worker-disconnect-signal=SIGNONE"],
    ])
    func `useless sockets are refused`(arguments: [String]) {
        #expect(throws: (any Error).self) { try AgentCommand.parse(arguments) }
    }

    @Test func `a relative EXEC begins in the working directory`() async throws {
        // Wherever the tests were started.
        let here = FileManager.default.currentDirectoryPath
        let relative = here.split(separator: "/").map { _ in "../" }.joined() + "bin/sh"
        let exec = try await Self.configuration("./" + relative).settings.exec
        #expect(exec == (here == "/" ? "/bin/sh" : "\(here)/\(relative)"))
    }

    /// No directory of `PATH` has `node`. The first fork says so, and names the program that is meant.
    @Test func `a program without its interpreter begins in the workers' directory`() async throws {
        try await withTemporaryDirectory { folder in
            try Data().write(to: folder.appending(path: "a.js"))
            let exec = try await Self.configuration("--cwd", folder.path, "a.js").settings.exec
            #expect(exec == folder.path + "/a.js")
        }
    }

    @Test func `the agent listens on loopback by default`() async throws {
        #expect(try await Self.configuration().listen == [.standard])
        let listen = try await Self.configuration("--listen", "127.0.0.1:1", "--listen", "[::1]:0").listen
        #expect(listen.map(\.description) == ["127.0.0.1:1", "[::1]:0"])
    }

    @Test(arguments: ["0.0.0.0:7420", "10.0.0.1:7420", "[::]:7420", "web-1:7420"])
    func `the agent does not listen to other machines in plain text`(address: String) async throws {
        let error = try #require(try await Self.refusal(["--listen", "127.0.0.1:1", "--listen", address]))
        #expect(error.code == .usage && error.description.contains("--insecure-plaintext"))
        #expect(try await Self.refusal(["--listen", address, "--insecure-plaintext"]) == nil)
    }

    @Test func `an agent can be open on loopback only`() async throws {
        #expect(try await Self.configuration("--insecure-no-auth").authentication == .none)
        #expect(try await Self.configuration().authentication == .token)
        let error = try await Self.refusal(["--listen", "0.0.0.0:1", "--insecure-plaintext", "--insecure-no-auth"])
        #expect(error?.code == .usage)
    }

    @Test(
        arguments: [
            ([], [:], SchedulingPolicy.roundRobin),
            ([], ["NODE_CLUSTER_SCHED_POLICY": "none"], .none),
            ([], ["NODE_CLUSTER_SCHED_POLICY": "nonsense"], .roundRobin),
            (["--scheduling-policy", "rr"], ["NODE_CLUSTER_SCHED_POLICY": "none"], .roundRobin),
            (["--scheduling-policy", "none"], [:], .none),
        ] as [([String], [String: String], SchedulingPolicy)])
    func `the flag counts more than Node's variable`(
        arguments: [String], environment: [String: String], policy: SchedulingPolicy
    ) async throws {
        let environment = environment.merging(["HOME": "/home/x"]) { old, _ in old }
        let configuration = try AgentCommand.parse(arguments).makeConfiguration(
            environment: environment, cores: 1)
        #expect(configuration.settings.schedulingPolicy == policy)
    }

    @Test func `workers do not see the agent's own variables`() async throws {
        let others = [
            "HOME": "/h", "PATH": "/bin", "CLUSTER_NAME": "eu-1", "CLUSTER_AGENT_PORT": "tcp://10.0.0.1:7420",
        ]
        let own = [
            "CLUSTER_DATA_DIR": "/d", "CLUSTER_TOKEN_FILE": "/t", "CLUSTER_HOST": "h", "CLUSTER_CACERT": "c",
            "CLUSTER_CERT": "c", "CLUSTER_KEY": "k", "CLUSTER_INSTANCE": "1", "CLUSTER_AGENT_GRACE": "1",
        ]
        let configuration = try await Self.configuration(environment: others.merging(own) { $1 })
        #expect(configuration.workerEnvironment == others)
        #expect(configuration.dataDirectory == "/d")
    }

    @Test(arguments: [
        ("10", Duration.seconds(10)), ("0", .zero), ("500ms", .milliseconds(500)), ("30s", .seconds(30)),
        ("2m", .seconds(120)),
    ])
    func `a grace period is read`(text: String, duration: Duration) async throws {
        #expect(try await Self.configuration("--grace", text).grace == duration)
    }

    @Test(arguments: ["", "-1", "x", "25h", "1.5", "ms", "99999999999999999999", "9223372036854775807m", "1441m"])
    func `an invalid grace period is refused`(text: String) {
        #expect(throws: (any Error).self) { try AgentCommand.parse(["--grace=\(text)"]) }
    }
}
