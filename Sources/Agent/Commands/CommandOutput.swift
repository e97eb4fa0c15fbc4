// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Shared

/// Prints a command's output. It waits for its reader, so the agent itself does not use it.
enum CommandOutput {
    /// Writes a line to standard output, in one write, so that a reader gets the whole line.
    /// - Throws: `StartupError` (74) if the output is lost.
    static func print(_ line: String) throws(StartupError) {
        try write(line + "\n")
    }

    /// The standard library's `print` does not report a full disk.
    /// - Throws: `StartupError` (74) if a part is lost.
    static func write(_ text: String) throws(StartupError) {
        if StandardFiles.closedAtStart.contains(STDOUT_FILENO) { throw lost(SystemProblem(EBADF)) }
        do {
            try put(text, into: STDOUT_FILENO)
        } catch {
            throw lost(error)
        }
    }

    /// Writes a line to standard error. If that fails, there is nowhere to report it.
    static func complain(_ line: String) {
        try? put(line + "\n", into: STDERR_FILENO)
    }

    private static func lost(_ problem: SystemProblem) -> StartupError {
        StartupError(.output, "cannot write standard output: \(problem)")
    }

    private static func put(_ text: String, into descriptor: Int32) throws(SystemProblem) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                // Another process has made the shared terminal or pipe non-blocking.
                var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&ready, 1, -1)
                continue
            }
            guard count > 0 else { throw SystemProblem() }
            rest = rest.dropFirst(count)
        }
    }

    /// Runs a command. A `StartupError` becomes a line on standard error and its exit code.
    static func explaining(_ command: () async throws -> Void) async throws {
        // The wait is bounded, because an agent ends here too, and perhaps nobody reads its output.
        defer { AgentStreams.flush() }
        do {
            try await command()
        } catch let error as StartupError {
            throw exit(error)
        } catch let error as ClusterError {
            throw exit(StartupError(.unavailable, error.message))
        }
    }

    private static func exit(_ error: StartupError) -> ExitCode {
        for line in error.description.split(separator: "\n") { AgentStreams.error.write("cluster-agent: \(line)") }
        return ExitCode(error.code.rawValue)
    }
}
