// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Signals, and what an agent's parent may have done with them.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SignalTests {
    /// A shell that does something and becomes the agent.
    private static func shell(_ script: String) -> [String] { ["/bin/sh", "-c", "\(script); exec \"$@\"", "sh"] }

    /// Runs the agent, sends the signals, one after the other is told of in the log, and expects it to serve on.
    private func expectNoEffect(of signals: [(Int32, String)], launcher: [String]) async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(in: directory, launcher: launcher) { agent in
                for (signal, name) in signals {
                    agent.program.signal(signal)
                    try await agent.program.errors.first {
                        $0.contains("signal ignored") && $0.contains("\"signal\":\"\(name)\"")
                    }
                }
                #expect(try await agent.call("GET", "/healthz").status == 200)
                await agent.stopInGoodOrder()
            }
        }
    }

    @Test func `SIGUSR1 and SIGUSR2 do nothing, and the log says so`() async throws {
        try await expectNoEffect(of: [(SIGUSR1, "SIGUSR1"), (SIGUSR2, "SIGUSR2")], launcher: ["/usr/bin/env"])
    }

    /// The last one is logged, and by then the others have come.
    @Test func `signals that mean nothing do nothing`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(in: directory) { agent in
                for signal in [SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXCPU, SIGSTKFLT, 34, 64, SIGUSR1] {
                    agent.program.signal(signal)
                }
                try await agent.program.errors.first { $0.contains("signal ignored") }
                #expect(try await agent.call("GET", "/healthz").status == 200)
                await agent.stopInGoodOrder()
            }
        }
    }

    @Test func `SIGQUIT ends the agent in good order`() async throws {
        try await withTemporaryDirectory { directory in
            try await runAgent(["--workers", "1", workerScript("obedient.js")], in: directory) { agent in
                try await agent.event(.listening, of: 1)
                agent.program.signal(SIGQUIT)
                #expect(await agent.program.status() == 0)
                let errors = await agent.program.errors.whole().joined(separator: "\n")
                #expect(errors.contains("SIGQUIT") && !errors.contains("Backtrace"), "\(errors)")
            }
        }
    }

    @Test func `SIGHUP does nothing to an agent that has no terminal`() async throws {
        try await expectNoEffect(of: [(SIGHUP, "SIGHUP")], launcher: ["setsid"])
    }

    @Test func `SIGHUP does nothing to an agent under nohup`() async throws {
        try await expectNoEffect(of: [(SIGHUP, "SIGHUP")], launcher: Self.shell("trap '' HUP"))
    }

    @Test func `SIGHUP ends an agent whose terminal goes, however often it comes`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = try TerminalProgram(
                RunningProgram.built("cluster-agent"), ["--listen", "127.0.0.1:0", "--data-dir", directory.path],
                environment: ["HOME": directory.path])
            try await agent.wait(for: " ready: ")
            for _ in 0..<3 { kill(agent.pid, SIGHUP) }
            #expect(await agent.status() == 0)
        }
    }

    /// Node's workers abort then, because they cannot set the terminal back.
    @Test func `workers that end because the terminal has gone count as ended with the agent`() async throws {
        let script = """
            import os, pty, subprocess, sys
            agent, directory, worker = sys.argv[1:]
            pid, master = pty.fork()
            if pid == 0:
                os.execv(agent, [agent, '--listen', '127.0.0.1:0', '--data-dir', directory, '--workers', '2', worker])
            screen = b''
            while screen.count(b'at work') < 2: screen += os.read(master, 4096)
            os.close(master)
            print(os.waitpid(pid, 0)[1], flush=True)
            subprocess.run([agent, 'history', 'export', '--data-dir', directory])
            """
        try await withTemporaryDirectory { directory in
            let worker = directory.appending(path: "worker.js")
            try Data("setInterval(() => {}, 1000); process.stdout.write('at work\\n')".utf8).write(to: worker)
            let data = directory.appending(path: "data").path
            let run = try await RunningProgram.run(
                "python3", ["-c", script, RunningProgram.built("cluster-agent"), data, worker.path])
            let lines = run.output.split(separator: "\n")
            #expect(lines.first == "0", "\(run.errors)")
            let exits = lines.filter { $0.contains(#""type":"exit""#) }
            #expect(exits.count == 2)
            #expect(exits.allSatisfy { $0.contains(#""reason":"agentStopped""#) }, "\(exits)")
        }
    }

    @Test func `an agent whose parent blocked all signals obeys them`() async throws {
        let script = """
            import os, signal, sys
            signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
            os.execv(sys.argv[1], sys.argv[1:])
            """
        try await withTemporaryDirectory { directory in
            try await runAgent(in: directory, launcher: ["python3", "-c", script]) { await $0.stopInGoodOrder() }
        }
    }

    @Test func `an agent whose parent ignored all signals sees its workers end, and obeys SIGTERM`() async throws {
        try await withTemporaryDirectory { directory in
            let wrapper = Self.shell("trap '' CHLD TERM INT USR1 PIPE")
            try await runAgent(["--workers", "1", "/bin/sleep", "1000"], in: directory, launcher: wrapper) { agent in
                let pid = try #require(try await agent.worker(1).pid)
                kill(pid, SIGKILL)
                #expect(try await agent.event(.exit, of: 1).data["signal"] == "SIGKILL")
                await agent.stopInGoodOrder()
            }
        }
    }

    @Test func `a worker may read from the agent's terminal`() async throws {
        try await withTemporaryDirectory { directory in
            let agent = try TerminalProgram(
                RunningProgram.built("cluster-agent"),
                [
                    "--listen", "127.0.0.1:0", "--data-dir", directory.path, "--workers", "1",
                    workerScript("read-terminal.js"),
                ],
                environment: ["HOME": directory.path, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""])
            try await agent.wait(for: " ready: ")
            try await agent.wait(for: "reading")
            try agent.type("hello\n")
            try await agent.wait(for: "worker read hello")
            kill(agent.pid, SIGTERM)
            #expect(await agent.status() == 0)
        }
    }
}
