// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The agent's output streams. Nobody waits for their readers.
enum AgentStreams {
    static let output = LineWriter(STDOUT_FILENO) { Array("cluster-agent: \($0) lines are missing here\n".utf8) }
    /// The log's stream, and the one for other lines.
    static let error = LineWriter(STDERR_FILENO) { AgentLog.missingLine($0) }

    /// How long the program's end waits for a reader of its last lines.
    private static let patience = 0.5

    /// Before the program ends, writes what waits, if somebody reads it.
    static func flush() {
        output.flush(within: patience)
        error.flush(within: patience)
    }
}
