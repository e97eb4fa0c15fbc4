// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport
import Testing

/// What the program is started with: its descriptors and its signals.
@Suite(.timeLimit(.minutes(1)))
struct SurroundingsTests {
    /// Runs a line of the shell in which `cluster-cli` is this one, with an agent on the local socket.
    private func shell(_ line: String) async throws -> (status: Int32, output: String, errors: String) {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            let result = Mutex<(Int32, String, String)>((.min, "", ""))
            try await FakeAgent.run(socket: socket, answer: Sample.agent) { _ in
                let programs = try CLIProgram.executable.deletingLastPathComponent().path
                let program = try SpawnedProgram(
                    "bash", ["-c", line],
                    environment: [
                        "HOME": home.path, "CLUSTER_DATA_DIR": home.path, "XDG_CONFIG_HOME": home.path,
                        "PATH": programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"),
                    ])
                try program.input.close()
                async let output = program.output.text()
                async let errors = program.errors.text()
                var status: Int32 = .min
                for await end in program.ends { status = end }
                let outcome = (status, await output, await errors)
                result.withLock { $0 = outcome }
            }
            return result.withLock { $0 }
        }
    }

    @Test(arguments: [
        "workers", "workers -o json", "status", "events", "events -o json", "hosts", "completions bash",
        "completions zsh", "--help", "workers --help", "--version", "help kill", "settings -o jsonl",
    ])
    func `output that cannot be written is 74`(arguments: String) async throws {
        let full = try await shell("cluster-cli \(arguments) >/dev/full")
        #expect(full.status == 74)
        #expect(full.errors == "cluster-cli: cannot write standard output: No space left on device\n")
        let closed = try await shell("cluster-cli \(arguments) >&-")
        #expect(closed.status == 74)
        #expect(closed.errors == "cluster-cli: cannot write standard output: Bad file descriptor\n")
    }

    @Test func `a standard error that cannot be written does not stop the output`() async throws {
        for redirection in ["2>&-", "2>/dev/full", "2>&- <&-"] {
            let outcome = try await shell("cluster-cli -v workers \(redirection)")
            #expect(outcome.status == 0 && outcome.output.split(separator: "\n").count == 3)
        }
        let refused = try await shell("cluster-cli worker 9 2>/dev/full")
        #expect(refused.status == 1)
    }

    @Test func `a closed standard input counts as no message`() async throws {
        let outcome = try await shell("cluster-cli send 1 - <&-")
        #expect(outcome.status == 64 && outcome.errors.contains("cannot read standard input"))
    }

    @Test(arguments: ["signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGPIPE])", "pass"])
    func `output without a reader ends the program even if SIGPIPE is blocked or ignored`(mask: String) async throws {
        // Python itself ignores SIGPIPE.
        let script = """
            import os, signal, subprocess, sys
            \(mask)
            reader, writer = os.pipe()
            os.close(reader)
            print(subprocess.Popen(["cluster-cli", "workers"], stdout=writer, restore_signals=False).wait())
            """
        let outcome = try await shell("python3 -c '\(script)'")
        #expect(outcome.output == "-13\n")
    }
}
