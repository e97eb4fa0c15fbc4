// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// Files and sockets on a file system that does not answer.
@Suite(
    .timeLimit(.minutes(2)),
    .enabled(if: geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0, "only root can mount one"))
struct HangingFileSystemTests {
    /// Mounts it at `home/hung` while `body` runs.
    private func withHungFolder(_ body: @escaping @Sendable (_ home: URL, _ hung: URL) async throws -> Void)
        async throws
    {
        try await withTemporaryDirectory { home in
            let hung = home.appending(path: "hung")
            try FileManager.default.createDirectory(at: hung, withIntermediateDirectories: true)
            let script = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "Servers/hanging-file-system.py")
            let server = try SpawnedProgram(
                "python3", [script.path, hung.path],
                environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"])
            // Without its server, the file system answers everything with an error.
            defer {
                kill(server.pid, SIGKILL)
                umount2(hung.path, Int32(MNT_DETACH))
            }
            try #require(await server.output.lines(1) == ["mounted"])
            try await body(home, hung)
        }
    }

    @Test func `the inventory costs no more than the time limit`() async throws {
        try await withHungFolder { home, hung in
            let environment = ["XDG_CONFIG_HOME": hung.path]
            for arguments in [
                ["hosts"], ["hosts", "add", "a", "unix:/a"], ["hosts", "remove", "a"], ["--all-hosts", "status"],
                ["-H", "web-1", "status"],
            ] {
                let outcome = try await CLIProgram.run(
                    ["--timeout", "300ms"] + arguments, home: home, environment: environment)
                #expect(outcome.status == 124, "\(arguments): \(outcome.errors)")
                #expect(outcome.errors.contains("hosts.yaml did not come in time"), "\(outcome.errors)")
            }
        }
    }

    @Test func `a host in an inventory that does not come fails alone`() async throws {
        try await withHungFolder { home, hung in
            try await FakeAgent.run(answer: Sample.agent) { agent in
                let outcome = try await CLIProgram.run(
                    ["-H", "web-1", "-H", agent.url, "--timeout", "2s", "workers"], home: home,
                    environment: ["XDG_CONFIG_HOME": hung.path])
                #expect(outcome.status == 2 && outcome.output.contains("listening"), "\(outcome.errors)")
            }
        }
    }

    @Test func `a socket that cannot be looked up stops no other host`() async throws {
        try await withHungFolder { home, hung in
            try await FakeAgent.run(answer: Sample.agent) { agent in
                let hosts = ["-H", "unix:\(hung.path)/agent.sock", "-H", agent.url]
                let outcome = try await CLIProgram.run(hosts + ["--timeout", "2s", "workers"], home: home)
                #expect(outcome.status == 2 && outcome.output.contains("listening"), "\(outcome.errors)")
                #expect(outcome.errors.contains("no answer from \(hung.path)/agent.sock within 2s"))
            }
        }
    }

    @Test func `the local agent's directory costs no more than the time limit`() async throws {
        try await withHungFolder { home, hung in
            for arguments in [["status"], ["events"], ["events", "--follow"]] {
                let outcome = try await CLIProgram.run(
                    ["--timeout", "300ms"] + arguments, home: home, environment: ["CLUSTER_DATA_DIR": hung.path])
                #expect(outcome.status == 124, "\(arguments): \(outcome.errors)")
            }
        }
    }

    @Test func `a file of the command line costs no more than the time limit`() async throws {
        try await withHungFolder { home, hung in
            for arguments in [
                ["fork", "--env-file", hung.path + "/env"], ["setup-primary", "--file", hung.path + "/x"],
            ] {
                let outcome = try await CLIProgram.run(["--timeout", "300ms"] + arguments, home: home)
                #expect(outcome.errors.contains("it did not come in time"), "\(outcome.errors)")
            }
        }
    }
}
