// SPDX-License-Identifier: Apache-2.0

public import Foundation
import Glibc
import Synchronization

/// A program that was started beside a test.
///
/// Foundation's Process finds out about the end by select(2), which knows no descriptor above 1023, and some tests
/// open more. Here a thread waits for the child itself.
public struct SpawnedProgram: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    public let pid: Int32
    /// The exit code, or a signal's number below zero; comes once, then the stream ends.
    public let ends: AsyncStream<Int32>
    public let input: FileHandle
    public let output: ProgramOutput
    public let errors: ProgramOutput

    /// - Parameters:
    ///   - path: a program with its path, or a name that is searched for.
    ///   - environment: nil is the test's own.
    public init(_ path: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        self = try ChildProcess.lock.withLock { _ in
            try SpawnedProgram(
                spawning: path, arguments, environment: environment ?? ProcessInfo.processInfo.environment)
        }
    }

    private init(spawning path: String, _ arguments: [String], environment: [String: String]) throws {
        let (input, output, errors) = (try Self.pipe(), try Self.pipe(), try Self.pipe())
        defer { for end in [input.read, output.write, errors.write] { close(end) } }
        self.input = FileHandle(fileDescriptor: input.write, closeOnDealloc: true)
        self.output = ProgramOutput(FileHandle(fileDescriptor: output.read, closeOnDealloc: true))
        self.errors = ProgramOutput(FileHandle(fileDescriptor: errors.read, closeOnDealloc: true))
        let child = try ChildProcess(path, arguments, environment: environment) { actions in
            posix_spawn_file_actions_adddup2(&actions, input.read, 0)
            posix_spawn_file_actions_adddup2(&actions, output.write, 1)
            posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
            // It does not get what other tests have open. To close a number that is not open is no error.
            for number in 3..<Int32(256) { posix_spawn_file_actions_addclose(&actions, number) }
        }
        (pid, ends) = (child.pid, child.ends)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw Failure(description: "pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
