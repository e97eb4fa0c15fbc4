// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

// Hosts that the inventory names.
extension SeveralHostsTests {
    @Test func `a host that cannot be called is listed with a line about it`() async throws {
        try await withTemporaryDirectory { home in
            let folder = home.appending(path: "cluster")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("hosts:\n  bad: {url: nonsense}\n".utf8).write(to: folder.appending(path: "hosts.yaml"))
            let outcome = try await CLIProgram.run(["hosts"], home: home)
            #expect(outcome.status == 0 && outcome.output.contains("bad"))
            #expect(outcome.errors.hasPrefix("bad: 'nonsense' is not an agent's address: give http://HOST:PORT"))
        }
    }

    @Test func `a file that the inventory names is beside it`() async throws {
        try await withTemporaryDirectory { home in
            try await FakeAgent.run(answer: Sample.agent) { agent in
                let folder = home.appending(path: "cluster/tokens")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try Data("s3cret\n".utf8).write(to: folder.appending(path: "web"))
                try Data("hosts: {web: {url: \"\(agent.url)\", tokenFile: tokens/web}}\n".utf8)
                    .write(to: home.appending(path: "cluster/hosts.yaml"))
                let outcome = try await CLIProgram.run(["-H", "web", "ps"], home: home)
                #expect(outcome.status == 0)
                #expect(agent.calls.first?.headers["authorization"] == "Bearer s3cret")
            }
        }
    }

    @Test func `an inventory's groups name hosts`() async throws {
        try await run(Sample.agent, Sample.agent, ["version"]) { _, one, two in
            try await withTemporaryDirectory { home in
                for (name, agent) in [("one", one), ("two", two)] {
                    let added = try await CLIProgram.run(["hosts", "add", name, agent.url, "-g", "web"], home: home)
                    #expect(added.status == 0)
                }
                let listed = try await CLIProgram.run(["hosts"], home: home)
                #expect(listed.output.split(separator: "\n").count == 3)
                let checked = try await CLIProgram.run(["hosts", "check"], home: home)
                #expect(checked.status == 0 && checked.output.contains("one") && checked.output.contains("two"))
                let asked = try await CLIProgram.run(["-g", "web", "-H", "one", "ps", "-o", "jsonl"], home: home)
                #expect(asked.output.split(separator: "\n").count == 2)
                let down = try await CLIProgram.run(["hosts", "check", "-H", Self.bad], home: home)
                #expect(down.status == 69 && down.errors.hasSuffix("(is cluster-agent running there?)\n"))
                let removed = try await CLIProgram.run(["hosts", "rm", "one"], home: home)
                #expect(removed.status == 0)
                let unknown = try await CLIProgram.run(["-H", "one", "ps"], home: home)
                #expect(unknown.status == 64)
                for arguments in [["-H", "tow", "ps"], ["hosts", "remove", "twoo"]] {
                    let mistyped = try await CLIProgram.run(arguments, home: home)
                    #expect(mistyped.status == 64 && mistyped.errors.contains("Did you mean 'two'?"))
                }
                let group = try await CLIProgram.run(["-g", "wbe", "ps"], home: home)
                #expect(group.status == 64 && group.errors.contains("Did you mean 'web'?"))
            }
        }
    }
}
