// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport

/// The built program `cluster-cli`, running.
final class CLIProgram: Sendable {
    private final class RunningFlag: Sendable {
        let value = Mutex(true)
    }

    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Pieces of standard output as they come, until its end.
    let output: AsyncStream<Data>
    private let errors: AsyncStream<Data>
    private let ends: AsyncStream<Int32>
    private let processID: Int32
    private let isRunning: RunningFlag

    /// - Parameters:
    ///   - home: where it finds its inventory and the local agent's socket.
    ///   - input: all of its standard input.
    init(_ arguments: [String], home: URL, environment: [String: String] = [:], input: String = "") throws {
        let program = try SpawnedProgram(
            try Self.executable.path, arguments, environment: Self.environment(home: home, environment))
        let isRunning = RunningFlag()
        self.isRunning = isRunning
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        self.ends = ends
        Task {
            for await status in program.ends {
                isRunning.value.withLock { $0 = false }
                end.yield(status)
            }
            end.finish()
        }
        output = program.output.pieces()
        errors = program.errors.pieces()
        processID = program.pid
        try program.input.write(contentsOf: Data(input.utf8))
        try program.input.close()
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], home: URL, environment: [String: String] = [:], input: String = ""
    ) async throws -> Outcome {
        let program = try CLIProgram(arguments, home: home, environment: environment, input: input)
        return await program.outcome()
    }

    func interrupt() {
        signal(SIGINT)
    }

    /// Ends it if the test did not: to be deferred by tests of programs that do not end by themselves.
    func stop() {
        signal(SIGKILL)
    }

    /// Only while it runs: its id may be another's afterwards.
    private func signal(_ number: Int32) {
        isRunning.value.withLock { if $0 { kill(processID, number) } }
    }

    func outcome() async -> Outcome {
        async let written = Self.text(output)
        async let complaints = Self.text(errors)
        var status: Int32 = .min
        for await end in ends { status = end }
        return Outcome(status: status, output: await written, errors: await complaints)
    }

    /// The status alone, for a program whose output the test reads itself.
    func status() async -> Int32 {
        async let complaints = Self.text(errors)
        var status: Int32 = .min
        for await end in ends { status = end }
        _ = await complaints
        return status
    }

    /// At a terminal of its own.
    static func atTerminal(
        _ arguments: [String], home: URL, environment: [String: String] = [:], columns: Int = 80
    ) throws -> TerminalProgram {
        try TerminalProgram(
            executable.path, arguments,
            environment: Self.environment(home: home, ["TERM": "xterm"].merging(environment) { _, given in given }),
            columns: columns)
    }

    private static func environment(home: URL, _ more: [String: String]) -> [String: String] {
        ["HOME": home.path, "CLUSTER_DATA_DIR": home.path, "XDG_CONFIG_HOME": home.path]
            .merging(more) { _, given in given }
    }

    /// Beside the tests' own program.
    static var executable: URL {
        get throws {
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(filePath: own).deletingLastPathComponent().appending(path: "cluster-cli")
        }
    }

    private static func text(_ stream: AsyncStream<Data>) async -> String {
        var all = Data()
        for await data in stream { all += data }
        return String(decoding: all, as: UTF8.self)
    }
}
