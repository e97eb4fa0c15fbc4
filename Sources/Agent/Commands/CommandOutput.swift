// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Shared

/// What the program says to whoever has started it.
enum CommandOutput {
    /// In one write, so that whoever waits for the line gets it whole. For commands: it waits for whoever reads.
    static func print(_ line: String, to descriptor: Int32 = STDOUT_FILENO) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Runs a command; a `StartupError` becomes a line on standard error and the exit code that goes with it.
    static func explaining(_ command: () async throws -> Void) async throws {
        // Bounded, because an agent ends here too, and nobody may read what it says.
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
        AgentStreams.error.write("cluster-agent: \(error)")
        return ExitCode(error.code.rawValue)
    }
}
