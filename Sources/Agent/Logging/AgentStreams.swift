// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where the agent writes. Nobody waits for whoever reads there.
enum AgentStreams {
    static let output = LineWriter(STDOUT_FILENO) { Array("cluster-agent: \($0) lines are missing here\n".utf8) }
    /// Of the log and of what else there is to say.
    static let error = LineWriter(STDERR_FILENO) { AgentLog.missingLine($0) }

    /// How long the end of the program waits for whoever reads its last lines.
    private static let patience = 0.5

    /// Before the program ends: has written what waits, if somebody reads it.
    static func flush() {
        output.flush(within: patience)
        error.flush(within: patience)
    }
}
