// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging

/// Where the log goes: to standard error, in text if that is a terminal, otherwise in JSON. Libraries log there too.
/// Logging never waits.
enum AgentLog {
    private static let format: LogFormat = isatty(STDERR_FILENO) == 1 ? .text : .json
    private static let label = "cluster-agent"

    /// Call it once per process.
    static func bootstrap(level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = LineLogHandler(label: label, format: format) { AgentStreams.error.write($0) }
            handler.logLevel = level
            return handler
        }
    }

    static func logger() -> Logger { Logger(label: label) }

    /// The line that stands in place of dropped lines.
    static func missingLine(_ count: Int) -> [UInt8] {
        let message = "log lines are missing here, because standard error did not take them"
        return format.line(.warning, label, message, ["lines": "\(count)"])
    }
}
