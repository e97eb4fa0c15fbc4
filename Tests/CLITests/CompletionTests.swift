// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The completion scripts in the shells that they are for.
@Suite(.timeLimit(.minutes(5)))
struct CompletionTests {
    /// An agent with the workers 1 and 2 that is the local one, `web-1` and `web-2` of the group `web`.
    private func withHosts(_ body: @escaping @Sendable (URL, [String: String]) async throws -> Void) async throws {
        try await withTemporaryDirectory { home in
            let socket = home.appending(path: "agent.sock").path
            try await FakeAgent.run(socket: socket, answer: Sample.agent) { agent in
                for name in ["web-1", "web-2"] {
                    _ = try await CLIProgram.run(["hosts", "add", name, agent.url, "-g", "web"], home: home)
                }
                let programs = try CLIProgram.executable.deletingLastPathComponent().path
                let environment = [
                    "HOME": home.path, "CLUSTER_DATA_DIR": home.path, "XDG_CONFIG_HOME": home.path,
                    "PATH": programs + ":/usr/bin:/bin", "TERM": "xterm", "PS1": "$ ",
                ]
                try await body(home, environment)
            }
        }
    }

    @Test func `bash completes commands, values, hosts, groups and workers`() async throws {
        let script = """
            source <(cluster-cli completions bash)
            try() {
                COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
                _cluster-cli "$1" "${@: -1}" "${@: -2:1}"
                echo "${COMPREPLY[*]}"
            }
            try cluster-cli compl
            try cluster-cli -o j
            try cluster-cli --host ''
            try cluster-cli -g w
            try cluster-cli hosts remove web-2
            try cluster-cli kill ''
            try cluster-cli -H web-1 worker ''
            try cluster-cli events --worker ''
            try cluster-cli events --type exi
            try cluster-cli kill 1 -s SIGTE
            try cluster-cli -H nobody kill ''
            try cluster-cli -g 'w*'
            try cluster-cli kill 1 --token-file "$HOME/age"
            """
        try await withHosts { home, environment in
            let bash = try SpawnedProgram("bash", ["-c", script], environment: environment)
            try bash.input.close()
            let text = await bash.output.text()
            let expected = [
                "completions", "json jsonl", "web-1 web-2", "web", "web-2", "1 2", "1 2", "1 2", "exit", "SIGTERM", "",
                "",
                "\(home.path)/agent.sock",
            ]
            #expect(
                text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) == expected)
        }
    }

    /// The inventory is read as this program reads it, and what it would refuse is given to the scripts all the same:
    /// neither of the two relies on the other.
    @Test(arguments: ["bash", "zsh", "fish"])
    func `no candidate is run as a command`(shell: String) async throws {
        try await withHosts { home, environment in
            let programs = home.appending(path: "bin")
            try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
            let candidate = "w$(cd;>ran)`cd;>ran`;cd;>ran"
            // Asked for candidates, it gives a hostile one.
            let script = """
                #!/bin/sh
                case "$1" in
                ---completion) cat '\(home.path)/candidate' ;;
                *) exec '\(try CLIProgram.executable.path)' "$@" ;;
                esac
                """
            // zsh takes the last line for something else.
            try Data((candidate + "\nother\n").utf8).write(to: home.appending(path: "candidate"))
            try await ProgramFile.write(script, to: programs.appending(path: "cluster-cli").path)
            var environment = environment
            environment["PATH"] = programs.path + ":/usr/bin:/bin"
            let (options, load) =
                switch shell {
                case "bash": (["--norc", "-i"], "source <(cluster-cli completions bash)")
                case "zsh":
                    (["-f", "-i"], "autoload -Uz compinit; compinit -u -D; source <(cluster-cli completions zsh)")
                default: (["-N", "-i"], "cluster-cli completions fish | source")
                }
            let terminal = try TerminalProgram(shell, options, environment: environment)
            defer { terminal.stop() }
            try terminal.type(load + "; echo read''y\n")
            try await terminal.wait(for: "ready")
            try terminal.type("cluster-cli -g \t\t")
            try await terminal.wait(for: ">ran")
            try terminal.type("\u{15}echo do''ne\n")
            try await terminal.wait(for: "done")
            #expect(!FileManager.default.fileExists(atPath: home.path + "/ran"))
        }
    }

    @Test(arguments: [
        ("zsh", ["-f", "-i"], "autoload -Uz compinit; compinit -u -D; source <(cluster-cli completions zsh)"),
        ("fish", ["-N", "-i"], "cluster-cli completions fish | source"),
    ])
    func `zsh and fish complete hosts and workers`(shell: String, options: [String], load: String) async throws {
        try await withHosts { home, environment in
            let terminal = try TerminalProgram(shell, options, environment: environment)
            defer { terminal.stop() }
            // A word that the echo of the line itself does not hold tells that the line is done.
            try terminal.type(load + "; echo read''y\n")
            try await terminal.wait(for: "ready")
            try terminal.type("cluster-cli -H web-1 worker \t")
            try await terminal.wait(for: "1  2")
            try terminal.type("\u{15}cluster-cli --host web-\t")
            try await terminal.wait(for: "web-2")
            try terminal.type("\u{15}exit\n")
        }
    }
}
