// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization

/// A child of the tests' own process, from its start to its end.
struct ChildProcess: Sendable {
    let pid: pid_t
    /// The exit code, or a signal's number below zero; comes once, then the stream ends. Where nobody can tell, because
    /// somebody else has reaped the child, the stream ends without.
    let ends: AsyncStream<Int32>

    /// A pipe is not close-on-exec from its first moment, so one spawn at a time: a program that inherited another's
    /// pipe would keep it open.
    static let lock = Mutex(())

    /// - Parameters:
    ///   - path: a program with its path, or a name that is searched for.
    ///   - isLeader: of a session of its own.
    ///   - open: says what the child has as its descriptors.
    init(
        _ path: String, _ arguments: [String], environment: [String: String], isLeader: Bool = false,
        open: (inout posix_spawn_file_actions_t) -> Void
    ) throws {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        open(&actions)
        // The threads that run tests block signals, and a child begins with what its parent blocks and ignores.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSID of spawn.h, which is not imported.
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (isLeader ? 0x80 : 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var pid: pid_t = 0
        let code = Self.withCStrings([path] + arguments) { argv in
            Self.withCStrings(environment.map { "\($0)=\($1)" }) { envp in
                posix_spawnp(&pid, path, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else {
            throw SpawnedProgram.Failure(description: "\(path): \(String(cString: strerror(code)))")
        }
        self.pid = pid
        ends = Self.wait(for: pid)
    }

    static func wait(for pid: pid_t) -> AsyncStream<Int32> {
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        Thread.detachNewThread {
            defer { end.finish() }
            var status: Int32 = 0
            var found: pid_t
            repeat { found = waitpid(pid, &status, 0) } while found < 0 && errno == EINTR
            guard found == pid else { return }
            // WIFEXITED and its like are macros, which Swift cannot import.
            let signal = status & 0x7F
            end.yield(signal == 0 ? (status >> 8) & 0xFF : -signal)
        }
        return ends
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }
}
