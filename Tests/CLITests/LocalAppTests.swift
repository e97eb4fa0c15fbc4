// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import CLI

/// Several agents on one machine, by name.
@Suite(.timeLimit(.minutes(1)))
struct LocalAppTests {
    /// Two agents of the user's, `api` and `web`, as their sockets.
    private func withApps(_ body: @escaping @Sendable (URL) async throws -> Void) async throws {
        try await withTemporaryDirectory { home in
            let folders = ["api", "web"].map { home.appending(path: "apps/\($0)") }
            for folder in folders {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            }
            let sockets = folders.map { $0.appending(path: "agent.sock").path }
            try await FakeAgent.run(socket: sockets[0], answer: SupervisedSample.agent()) { _ in
                try await FakeAgent.run(socket: sockets[1], answer: SupervisedSample.agent()) { _ in
                    try await body(home)
                }
            }
        }
    }

    private func run(_ words: [String], in home: URL) async throws -> CLIProgram.Outcome {
        try await CLIProgram.run(words, home: home, environment: ["CLUSTER_DATA_DIR": home.path])
    }

    @Test func `apps lists each agent with its name`() async throws {
        try await withApps { home in
            let outcome = try await run(["apps"], in: home)
            let rows = outcome.output.split(separator: "\n")
            #expect(outcome.status == 0 && rows.count == 3, "\(outcome)")
            #expect(rows.first?.hasPrefix("APP") == true && rows[1].hasPrefix("api ") && rows[2].hasPrefix("web "))
        }
    }

    @Test func `one app and all apps can be named`() async throws {
        try await withApps { home in
            let one = try await run(["--app", "web", "-o", "jsonl", "version"], in: home)
            #expect(one.status == 0 && one.output.hasPrefix(#"{"host":"web","ok":true"#), "\(one)")
            let all = try await run(["--all-apps", "-o", "jsonl", "version"], in: home)
            let hosts = all.output.split(separator: "\n").map { $0.prefix(13) }
            #expect(
                all.status == 0 && hosts == [#"{"host":"api","#.prefix(13), #"{"host":"web","#.prefix(13)], "\(all)")
        }
    }

    @Test func `an app that is not there is named, with what may have been meant`() async throws {
        try await withApps { home in
            let outcome = try await run(["--app", "wbe", "status"], in: home)
            #expect(outcome.status == 64 && outcome.errors.contains("'wbe'"), "\(outcome)")
            #expect(outcome.errors.contains("Did you mean 'web'?"), "\(outcome)")
        }
    }

    @Test func `a machine without agents says so`() async throws {
        try await withTemporaryDirectory { home in
            let outcome = try await run(["--all-apps", "status"], in: home)
            #expect(outcome.status == 64 && outcome.errors.contains("no agent runs on this machine"), "\(outcome)")
        }
    }

    /// A link to itself is in the way as another user's folder is, also for root.
    @Test func `what cannot be read is shown, and not taken for nothing`() async throws {
        try await withApps { home in
            let hidden = home.appending(path: "apps/hidden")
            try FileManager.default.createDirectory(at: hidden, withIntermediateDirectories: false)
            #expect(symlink("agent.sock", hidden.appending(path: "agent.sock").path) == 0)
            try FileManager.default.createDirectory(
                at: home.appending(path: "apps/stopped"), withIntermediateDirectories: false)
            try Data().write(to: home.appending(path: "apps/file"))
            let own = home.appending(path: "apps").path
            let loop = home.appending(path: "loop").path
            #expect(symlink("loop", loop) == 0)
            let apps = LocalApps(in: [own, loop, home.appending(path: "none").path])
            #expect(apps.names == ["api", "hidden", "web"])
            #expect(apps.hidden.map(\.path) == [loop])
            let outcome = try await run(["apps"], in: home)
            #expect(outcome.status == 2 && outcome.output.contains("\nhidden "), "\(outcome)")
        }
    }

    @Test func `a folder of apps that cannot be read has a line`() async throws {
        try await withTemporaryDirectory { home in
            #expect(symlink("apps", home.appending(path: "apps").path) == 0)
            let outcome = try await run(["apps"], in: home)
            #expect(outcome.status == 77, "\(outcome)")
            #expect(outcome.output.contains("\(home.path)/apps  not yours"), "\(outcome)")
            #expect(outcome.errors.contains("\(home.path)/apps is not readable: "), "\(outcome)")
            let named = try await run(["--app", "web", "status"], in: home)
            #expect(named.status == 64 && named.errors.contains("\(home.path)/apps is not readable"), "\(named)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can run a program as another user"))
    func `another user's agents are not yours`() async throws {
        try await withApps { home in
            for path in ["", "/apps", "/apps/api", "/apps/web"] { #expect(chmod(home.path + path, 0o755) == 0) }
            #expect(chmod(home.path + "/apps/api/agent.sock", 0o600) == 0 && chmod(home.path + "/apps/web", 0o700) == 0)
            try await withReadableCopy(of: CLIProgram.executable.path) { copy in
                let program = try SpawnedProgram(
                    "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", copy, "apps"],
                    environment: ["CLUSTER_DATA_DIR": home.path, "PATH": "/usr/bin:/bin"])
                for await status in program.ends { #expect(status == 77) }
                let output = await program.output.text()
                let rows = output.split(separator: "\n").map { $0.split(separator: " ").prefix(3) }
                #expect(rows.dropFirst() == [["api", "not", "yours"], ["web", "not", "yours"]], "\(output)")
            }
        }
    }

    @Test func `the agent without a name is called local`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(
                socket: home.appending(path: "agent.sock").path, answer: SupervisedSample.agent()
            ) { _ in
                let outcome = try await run(["--app", "local", "-o", "jsonl", "version"], in: home)
                #expect(outcome.status == 0 && outcome.output.hasPrefix(#"{"host":"local","ok":true"#), "\(outcome)")
            }
        }
    }

    @Test func `--app and --all-apps do not go together`() async throws {
        #expect(throws: (any Error).self) { try ClusterCLI.command(["--app", "a", "--all-apps", "status"]) }
        #expect(try ClusterCLI.command(["--app", "a", "--app", "b", "status"]) is Status)
    }

    @Test func `a user's app hides the system's of the same name`() async throws {
        try await withApps { home in
            try await withTemporaryDirectory { system in
                let folder = system.appending(path: "web")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try await FakeAgent.run(
                    socket: folder.appending(path: "agent.sock").path, answer: SupervisedSample.agent()
                ) { _ in
                    let own = home.appending(path: "apps").path
                    let apps = LocalApps(in: [own, system.path, "/nowhere"])
                    #expect(apps.names == ["api", "web"])
                    #expect(apps["web"]?.socket.hasPrefix(own) == true)
                    #expect(LocalApps.single(in: system.path)?.name == "web")
                    #expect(LocalApps.single(in: own) == nil)
                }
            }
        }
    }
}
