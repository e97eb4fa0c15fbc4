// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The agent's commands beside a standard output that takes nothing.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct OutputTests {
    /// Runs a line of the shell in which `cluster-agent` is this one, and the data directory is that of an agent that has run.
    private func shell(_ line: String, in directory: URL) async throws -> RunningProgram.Outcome {
        let programs = URL(filePath: try RunningProgram.built("cluster-agent")).deletingLastPathComponent().path
        return try await RunningProgram.run(
            "/bin/bash", ["-c", line],
            environment: [
                "PATH": programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
                "HOME": directory.path, "CLUSTER_DATA_DIR": directory.path,
            ])
    }

    @Test(arguments: [
        "token list", "config check", "config show", "history export", "history export --format csv", "history verify",
        "--help", "--version", "help", "token --help", "config check --help", "help history",
    ])
    func `lost output is 74`(arguments: String) async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(in: directory) { await $0.stopInGoodOrder() }
            #expect(try await shell("cluster-agent \(arguments)", in: directory).status == 0)
            let full = try await shell("cluster-agent \(arguments) >/dev/full", in: directory)
            #expect(full.status == 74)
            #expect(full.errors.hasPrefix("cluster-agent: cannot write standard output: No space left on device"))
            let closed = try await shell("cluster-agent \(arguments) >&-", in: directory)
            #expect(closed.status == 74)
            #expect(closed.errors == "cluster-agent: cannot write standard output: Bad file descriptor")
        }
    }

    /// The reader of the pipe is gone before the token is made.
    @Test(arguments: [
        ("", ">/dev/full"), ("", ">&-"), ("mkfifo $HOME/pipe; exec 8<>$HOME/pipe 9>$HOME/pipe 8<&-;", ">&9"),
    ])
    func `a token that nobody has seen is removed again`(preparation: String, redirection: String) async throws {
        try await withTemporaryDirectory { directory in
            let command = "cluster-agent token create --role read --name ci"
            let outcome = try await shell("\(preparation) \(command) \(redirection)", in: directory)
            #expect(outcome.status == 74 && outcome.errors.contains("was removed again"), "\(outcome)")
            #expect(try await !shell("cluster-agent token list", in: directory).output.contains("ci"))
            #expect(try await shell(command, in: directory).status == 0, "the name is free")
        }
    }

    /// The number that the agent names is enough.
    @Test func `a start with too few descriptors ends with 69, and the number it asks for is enough`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = "exec cluster-agent --listen 127.0.0.1:0 --workers 2 /bin/sleep 1000"
            for limit in [30, 40] {
                let outcome = try await shell("ulimit -n \(limit); \(agent)", in: directory)
                #expect(outcome.status == 69 && outcome.errors.contains("(ulimit -n, LimitNOFILE=)"), "\(outcome)")
            }
            // As if somebody had scaled to 300 in the last run.
            let stored = #"{"version": 1, "entries": {"workers": {"configured": 2, "value": 300}}}"#
            let state = directory.appending(path: "state.json")
            try Data(stored.utf8).write(to: state)
            let scaled = try await shell("ulimit -n 300; \(agent)", in: directory)
            #expect(scaled.status == 69 && scaled.errors.contains("an agent with 300 workers needs"), "\(scaled)")
            try FileManager.default.removeItem(at: state)
            let refused = try await shell("ulimit -n 40; \(agent)", in: directory)
            let needed = try #require(refused.errors.firstMatch(of: /needs (\d+)/)?.1)
            let programs = try RunningProgram.built("cluster-agent")
            let program = try RunningProgram(
                "/bin/bash",
                [
                    "-c", "ulimit -n \(needed); exec \(programs) --listen 127.0.0.1:0 --workers 2 /bin/sleep 1000",
                ], environment: ["HOME": directory.path, "CLUSTER_DATA_DIR": directory.path, "PATH": "/usr/bin:/bin"])
            do {
                try await program.output.first { $0.contains(" ready: ") }
            } catch {
                Issue.record("\(await program.errors.whole())")
                throw error
            }
            program.signal(SIGTERM)
            #expect(await program.status() == 0)
        }
    }
}
