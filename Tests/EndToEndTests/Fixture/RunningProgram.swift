// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import TestSupport

/// A program that runs beside a test.
final class RunningProgram: Sendable {
    struct Outcome: Sendable {
        /// The exit code, or a signal's number below zero.
        let status: Int32
        let output: String
        let errors: String
    }

    let pid: Int32
    let output = Transcript()
    let errors = Transcript()
    private let end: Task<Int32, Never>
    private let isRunning: Mutex<Bool>

    /// - Parameter path: a program with its path, or a name that is searched for.
    init(_ path: String, _ arguments: [String] = [], environment: [String: String]? = nil) throws {
        let program = try SpawnedProgram(path, arguments, environment: environment)
        try program.input.close()
        Self.record(program.output, in: output)
        Self.record(program.errors, in: errors)
        pid = program.pid
        isRunning = Mutex(true)
        end = Task {
            for await status in program.ends { return status }
            return .min
        }
    }

    /// Runs it to its end.
    static func run(
        _ path: String, _ arguments: [String] = [], environment: [String: String]? = nil
    ) async throws -> Outcome {
        let program = try RunningProgram(path, arguments, environment: environment)
        let status = await program.status()
        async let output = program.output.whole()
        async let errors = program.errors.whole()
        return Outcome(
            status: status, output: await output.joined(separator: "\n"), errors: await errors.joined(separator: "\n"))
    }

    /// Does nothing if it has ended.
    func signal(_ number: Int32) {
        isRunning.withLock { if $0 { kill(pid, number) } }
    }

    /// Ends it at once. By SIGKILL, because a child begins with the signals blocked that the thread of a test
    /// blocks, and not every program unblocks them.
    func stop() async {
        signal(SIGKILL)
        await status()
    }

    /// Waits for the end. A test whose time is up does not wait for ever: the program is killed then.
    @discardableResult
    func status() async -> Int32 {
        let status = await withTaskCancellationHandler {
            await end.value
        } onCancel: {
            signal(SIGKILL)
        }
        isRunning.withLock { $0 = false }
        return status
    }

    /// One of this package's programs; they stand beside the tests' own.
    static func built(_ name: String) throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: own).deletingLastPathComponent().appending(path: name).path
    }

    private static func record(_ output: ProgramOutput, in transcript: Transcript) {
        Task {
            for await line in output.lines() { await transcript.append(line) }
            await transcript.end()
        }
    }
}
