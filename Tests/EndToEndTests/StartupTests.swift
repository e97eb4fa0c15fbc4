// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// What keeps an agent from starting: the exit code, and one line that says what to do.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct StartupTests {
    /// Starts an agent that must not become ready; returns its exit code and what it complained of.
    private func refusal(
        _ arguments: [String], in directory: URL
    ) async throws -> (status: Int32, complaint: String) {
        let program = try RunningAgent.launch(arguments, in: directory)
        let status = await program.status()
        #expect(await program.output.whole().isEmpty)
        let lines = await program.errors.whole()
        #expect(lines.count == 1, "one line is enough: \(lines)")
        return (status, lines.last ?? "")
    }

    @Test func `a data directory has one agent, and the second one names the first`() async throws {
        try await withAgent { agent in
            let (status, complaint) = try await refusal([], in: agent.dataDirectory)
            #expect(status == 69)
            #expect(complaint.contains("pid \(agent.program.pid)"))
            #expect(try await agent.call("GET", "/healthz").status == 200, "the first goes on")
        }
    }

    @Test func `a data directory that cannot be made ends the start`() async throws {
        let (status, complaint) = try await refusal([], in: URL(filePath: "/dev/null/x"))
        #expect(status == 69 && complaint.contains("/dev/null/x"))
    }

    @Test func `a port that is taken ends the start`() async throws {
        try await withAgent { agent in
            try await withTemporaryDirectory { directory in
                let (status, complaint) = try await refusal(["--listen", "127.0.0.1:\(agent.port)"], in: directory)
                #expect(status == 69)
                #expect(complaint.contains("127.0.0.1:\(agent.port)") && complaint.contains("in use"))
            }
        }
    }

    @Test(arguments: ["file", "link", "listener"])
    func `a foreign file in the socket's place is left alone`(kind: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(path: "agent.sock").path
            let make = """
                import os, signal, socket, sys
                kind, path = sys.argv[1:]
                if kind == 'file': open(path, 'w')
                if kind == 'link': os.symlink('/nowhere', path)
                if kind == 'listener':
                    s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen()
                print('made', flush=True)
                signal.pause()
                """
            let other = try RunningProgram("python3", ["-c", make, kind, path])
            try await other.output.first { $0 == "made" }
            let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
            let (status, complaint) = try await refusal([], in: directory)
            #expect(status == 69 && complaint.contains(path), "\(complaint)")
            let after = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
            #expect(before == after)
            await other.stop()
        }
    }

    @Test func `an unknown host name ends the start`() async throws {
        try await withTemporaryDirectory { directory in
            let (status, complaint) = try await refusal(
                ["--insecure-plaintext", "--log-level", "error", "--listen", "nobody.invalid:0"], in: directory)
            #expect(status == 69 && complaint.contains("nobody.invalid"))
        }
    }

    @Test func `a missing EXEC ends the start`() async throws {
        try await withTemporaryDirectory { directory in
            let (status, complaint) = try await refusal(["missing.js"], in: directory)
            #expect(status == 64 && complaint.contains("missing.js"))
        }
    }

    @Test func `an EXEC that is not executable ends the start`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "program")
            try Data("text".utf8).write(to: file)
            let (status, complaint) = try await refusal([file.path], in: directory)
            #expect(status == 78 && complaint.contains("chmod +x \(file.path)"))
        }
    }

    @Test func `an EXEC that is a directory ends the start`() async throws {
        try await withTemporaryDirectory { directory in
            let (status, complaint) = try await refusal([directory.path], in: directory)
            #expect(status == 78 && complaint.contains("is a directory"))
        }
    }

    @Test func `a start that fails leaves a history that opens`() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "program")
            try Data("text".utf8).write(to: file)
            _ = try await refusal([file.path], in: directory)
            try await runAgent(in: directory) { agent in
                let events = try await agent.history()
                #expect(events.map(\.type) == [.agentStart, .agentStop, .agentStart])
            }
        }
    }
}
