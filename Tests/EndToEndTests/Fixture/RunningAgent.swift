// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

/// A real `cluster-agent` that is ready.
final class RunningAgent: Sendable {
    /// How a call reaches the API.
    enum Transport: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case unix, tcp
        var testDescription: String { rawValue }
    }

    let program: RunningProgram
    let dataDirectory: URL
    /// Its API's.
    let port: UInt16
    /// See `ProcessTable`.
    let mark: String

    private init(program: RunningProgram, dataDirectory: URL, port: UInt16, mark: String) {
        self.program = program
        self.dataDirectory = dataDirectory
        self.port = port
        self.mark = mark
    }

    /// Starts one and reads its ready line.
    ///
    /// - Parameter launcher: a program that becomes the agent, and its arguments.
    static func start(
        _ arguments: [String], in directory: URL, environment: [String: String], launcher: [String] = []
    ) async throws -> RunningAgent {
        let mark = UUID().uuidString
        let program = try launch(arguments, in: directory, environment: environment, mark: mark, launcher: launcher)
        do {
            let line = try await program.output.first { $0.hasPrefix("cluster-agent ") && $0.contains(" ready: ") }
            let match = try #require(line.firstMatch(of: #/api https?://(?:127\.0\.0\.1|0\.0\.0\.0):(\d+) .*unix:/#))
            let port = try #require(UInt16(match.1))
            return RunningAgent(program: program, dataDirectory: directory, port: port, mark: mark)
        } catch {
            program.signal(SIGKILL)
            throw StartFailure(cause: error, errors: await program.errors.lines)
        }
    }

    /// Starts one that perhaps does not become ready.
    static func launch(
        _ arguments: [String], in directory: URL, environment: [String: String] = [:], mark: String = "",
        launcher: [String] = []
    ) throws -> RunningProgram {
        let own = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": directory.path,
            ProcessTable.mark: mark,
        ]
        // As Node's primary, unless a test says otherwise: most tests end workers to see what becomes of them.
        let policy = arguments.contains("--restart") ? [] : ["--restart", "never"]
        let words =
            try launcher + [
                RunningProgram.built("cluster-agent"), "--listen", "127.0.0.1:0", "--data-dir", directory.path,
            ]
            + policy + arguments
        return try RunningProgram(
            words[0], Array(words.dropFirst()),
            environment: own.merging(environment) { _, given in given })
    }

    /// Kills the agent and its guard. The agent is stopped first, or it would start another guard.
    func killWithGuard() async throws {
        let guardian = try #require(ProcessTable.guardian(of: self))
        program.signal(SIGSTOP)
        kill(guardian, SIGKILL)
        program.signal(SIGKILL)
        await program.status()
    }

    var socket: String { dataDirectory.appending(path: "agent.sock").path }

    var token: String {
        get throws {
            try String(contentsOf: dataDirectory.appending(path: "token"), encoding: .utf8)
                .trimmingCharacters(in: .newlines)
        }
    }

    struct StartFailure: Error {
        let cause: any Error
        let errors: [String]
    }
}
