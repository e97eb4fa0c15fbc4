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
    public let output: FileHandle
    public let errors: FileHandle

    /// - Parameters:
    ///   - path: a program with its path, or a name that is searched for.
    ///   - environment: nil is the test's own.
    public init(_ path: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        self = try Self.lock.withLock { _ in
            try SpawnedProgram(spawning: path, arguments, environment: environment)
        }
    }

    /// A pipe is not close-on-exec from its first moment, so one spawn at a time: a program that inherited another's
    /// pipe would keep it open.
    static let lock = Mutex(())

    private init(spawning path: String, _ arguments: [String], environment: [String: String]?) throws {
        let (input, output, errors) = (try Self.pipe(), try Self.pipe(), try Self.pipe())
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input.read, 0)
        posix_spawn_file_actions_adddup2(&actions, output.write, 1)
        posix_spawn_file_actions_adddup2(&actions, errors.write, 2)
        // The threads that run tests block signals, and a child begins with what its parent blocks and ignores.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
        var pid: pid_t = 0
        let code = Self.withCStrings([path] + arguments) { argv in
            Self.withCStrings(variables) { envp in posix_spawnp(&pid, path, &actions, &attributes, argv, envp) }
        }
        for end in [input.read, output.write, errors.write] { close(end) }
        self.input = FileHandle(fileDescriptor: input.write, closeOnDealloc: true)
        self.output = FileHandle(fileDescriptor: output.read, closeOnDealloc: true)
        self.errors = FileHandle(fileDescriptor: errors.read, closeOnDealloc: true)
        guard code == 0 else { throw Failure(description: "\(path): \(String(cString: strerror(code)))") }
        self.pid = pid
        ends = Self.wait(for: pid)
    }

    static func wait(for pid: pid_t) -> AsyncStream<Int32> {
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        Thread.detachNewThread {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            // WIFEXITED and its like are macros, which Swift cannot import.
            let signal = status & 0x7F
            end.yield(signal == 0 ? (status >> 8) & 0xFF : -signal)
            end.finish()
        }
        return ends
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw Failure(description: "pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
