// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc

/// What the program says to whoever has started it.
enum Terminal {
    /// In one write, so that whoever waits for the line gets it whole. For commands: it waits for whoever reads.
    static func print(_ line: String, to descriptor: Int32 = STDOUT_FILENO) {
        let bytes = Array((line + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
    }

    /// Runs a command; a `StartupError` becomes a line on standard error and the exit code that goes with it.
    static func explaining(_ command: () async throws -> Void) async throws {
        // Bounded, because an agent ends here too, and nobody may read what it says.
        defer { StandardStreams.flush() }
        do {
            try await command()
        } catch let error as StartupError {
            StandardStreams.error.write("cluster-agent: \(error)")
            throw ExitCode(error.code.rawValue)
        }
    }
}
