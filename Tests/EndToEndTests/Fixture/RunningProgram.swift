// SPDX-License-Identifier: Apache-2.0

import Foundation
import Subprocess
import Synchronization
<<<<<<< HEAD
import SystemPackage
=======
import TestSupport
>>>>>>> main

/// A program that runs beside a test.
final class RunningProgram: Sendable {
    struct Outcome: Sendable {
        /// The exit code, or a signal's number below zero.
        let status: Int32
        let output: String
        let errors: String
    }

    let pid: Int32
    let output: Transcript
    let errors: Transcript
    private let end: Task<Int32, Never>
    private let isRunning = Mutex(true)

    /// - Parameter path: a program with its path, or a name that is searched for.
<<<<<<< HEAD
    init(_ path: String, _ arguments: [String] = [], environment: [String: String]? = nil) async throws {
        let (output, outputEnd) = try Self.transcript()
        let (errors, errorsEnd) = try Self.transcript()
        let configuration = Configuration(
            executable: path.contains("/") ? .path(FilePath(path)) : .name(path), arguments: Arguments(arguments),
            environment: environment.map(Self.environment) ?? .inherit)
        let (starts, started) = AsyncStream.makeStream(of: Int32.self)
        end = Task {
            defer { started.finish() }
            // Its output is not the library's to read: who starts a program waits for its end, and not for the end
            // of all that have inherited its output.
            let result = try? await Subprocess.run(
                configuration, input: .none, output: .fileDescriptor(outputEnd, closeAfterSpawningProcess: true),
                error: .fileDescriptor(errorsEnd, closeAfterSpawningProcess: true)
            ) { execution in
                started.yield(execution.processIdentifier.value)
                started.finish()
            }
            return switch result?.terminationStatus {
            case .exited(let code): code
            case .signaled(let signal): -signal
            case nil: .min
            }
=======
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
>>>>>>> main
        }
        guard let pid = await starts.first(where: { _ in true }) else { throw NotStarted(path: path) }
        self.pid = pid
        self.output = output
        self.errors = errors
    }

    struct NotStarted: Error {
        let path: String
    }

    /// Runs it to its end.
    static func run(
        _ path: String, _ arguments: [String] = [], environment: [String: String]? = nil
    ) async throws -> Outcome {
        let program = try await RunningProgram(path, arguments, environment: environment)
        let status = await program.status()
        async let output = program.output.whole()
        async let errors = program.errors.whole()
        return Outcome(
            status: status, output: await output.joined(separator: "\n"), errors: await errors.joined(separator: "\n"))
    }

    /// Nothing where it has been found to have ended.
    func signal(_ number: Int32) {
        isRunning.withLock { if $0 { kill(pid, number) } }
    }

    /// Ends it at once.
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

    private static func environment(_ variables: [String: String]) -> Environment {
        .custom(Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) }))
    }

    /// What is written to a new pipe, and the pipe's end for writing.
    private static func transcript() throws -> (Transcript, FileDescriptor) {
        let pipe = try FileDescriptor.pipe()
        for end in [pipe.readEnd, pipe.writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        let transcript = Transcript()
        record(pipe.readEnd, in: transcript)
        return (transcript, pipe.writeEnd)
    }

    /// Read on a thread of its own: a read that blocks must not take one of the tests' few threads.
    private static func record(_ source: FileDescriptor, in transcript: Transcript) {
        let (stream, continuation) = AsyncStream.makeStream(of: Data.self)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while let count = try? buffer.withUnsafeMutableBytes({ try source.read(into: $0) }), count > 0 {
                continuation.yield(Data(buffer[..<count]))
            }
            try? source.close()
            continuation.finish()
        }
        Task {
            var partial = Data()
            for await data in stream {
                partial += data
                guard let last = data.lastIndex(of: UInt8(ascii: "\n")) else { continue }
                let tail = data.distance(from: last, to: data.endIndex) - 1
                let whole = partial.dropLast(tail + 1)
                for line in whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
                    await transcript.append(String(decoding: line, as: UTF8.self))
                }
                partial = Data(partial.suffix(tail))
            }
            if !partial.isEmpty { await transcript.append(String(decoding: partial, as: UTF8.self)) }
            await transcript.end()
        }
    }
}
