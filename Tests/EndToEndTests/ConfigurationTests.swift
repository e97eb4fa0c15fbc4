// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// A file that configures the agent.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ConfigurationTests {
    private static func config(_ arguments: String...) async throws -> RunningProgram.Outcome {
        try await RunningProgram.run(RunningProgram.built("cluster-agent"), ["config"] + arguments)
    }

    @Test func `a slip of the hand is found before the agent starts`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml").path
            try Data("grace: 3s\nwokers: 2\n".utf8).write(to: URL(filePath: file))
            let wrong = try await Self.config("check", "--config", file)
            #expect(wrong.status == 78)
            #expect(wrong.errors == "cluster-agent: \(file):2: there is no key wokers. Did you mean 'workers'?")
            let program = try RunningAgent.launch(["--config", file], in: directory)
            #expect(await program.status() == 78)

            try Data("grace: 3s\nmaxWorkers: 2\n".utf8).write(to: URL(filePath: file))
            let right = try await Self.config("check", "--config", file)
            #expect(right.status == 0 && right.output == "ok")
            let shown = try await Self.config("show", "--config", file)
            #expect(shown.output.contains("grace: \"3000ms\"  # the file"))
        }
    }

    @Test(arguments: [
        ("envFiles: [/nope]", "cannot read the environment file /nope"),
        ("envFiles: [/dev/null]", "it is not a regular file"), ("uid: nobodyx", "there is no user nobodyx"),
        ("socket: {group: nobodyx}", "there is no group nobodyx"),
        ("stdio: [inherit, inherit, 1000, ipc]", "1000"), ("cwd: /nope", "/nope"),
    ])
    func `what no worker could start with is found before the agent starts`(line: String, problem: String) async throws
    {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml").path
            try Data("exec: /bin/sleep\nargs: [\"1000\"]\nworkers: 1\n\(line)\n".utf8).write(to: URL(filePath: file))
            let checked = try await Self.config("check", "--config", file)
            #expect(checked.status == 78 && checked.errors.contains(problem), "\(checked)")
            let program = try RunningAgent.launch(["--config", file], in: directory)
            #expect(await program.status() == 78)
        }
    }

    @Test(arguments: [
        ("exec: /nope.js", "agent.yaml:2: cannot find exec: /nope.js: No such file"),
        ("exec: SCRIPT\nexecPath: nodex", "cannot find nodex, which runs the primary script, in PATH"),
        ("exec: SCRIPT\ncwd: /nope", "agent.yaml:3: the working directory /nope does not exist"),
    ])
    func `what no primary script could start with is found before the agent starts`(
        lines: String, problem: String
    ) async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml").path
            let text = "primary: true\n" + lines.replacing("SCRIPT", with: workerScript("obedient.js")) + "\n"
            try Data(text.utf8).write(to: URL(filePath: file))
            let checked = try await Self.config("check", "--config", file)
            #expect(checked.status == 78 && checked.errors.contains(problem), "\(checked)")
            let program = try RunningAgent.launch(["--config", file], in: directory)
            #expect(await program.status() == 78)
            #expect(await program.errors.whole().contains { $0.contains(problem) })
        }
    }

    @Test func `a primary script needs no ending and no rights but to be read`() async throws {
        try await withTemporaryDirectory { directory in
            let script = directory.appending(path: "program").path
            try Data("1".utf8).write(to: URL(filePath: script))
            let checked = try await Self.config("check", "--primary", script)
            #expect(checked.status == 0 && checked.output == "ok", "\(checked)")
        }
    }

    @Test func `an agent obeys its file`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "agent.yaml").path
            let content = "exec: \"\(workerScript("obedient.js"))\"\nworkers: 1\nmaxWorkers: 2\nlogLevel: info\n"
            try Data(content.utf8).write(to: URL(filePath: file))
            try await runAgent(["--config", file], in: directory) { agent in
                try await agent.event(.listening, of: 1)
                let reply = try await agent.call("POST", "/v1/workers:fork", body: #"{"count": 2}"#)
                #expect(reply.status == 429 && reply.reason == .tooManyWorkers)
                _ = try await agent.program.errors.first { $0.contains(#""operation":"Fork""#) }
            }
        }
    }
}
