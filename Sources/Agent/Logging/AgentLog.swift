// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging

/// Where the log goes: to standard error, for people if that is a terminal, in JSON if a program reads it. Libraries
/// log there too. To log never waits.
enum AgentLog {
    private static let format: LogFormat = isatty(STDERR_FILENO) == 1 ? .text : .json
    private static let label = "cluster-agent"

    /// Once in a process.
    static func bootstrap(level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = LineLogHandler(label: label, format: format) { AgentStreams.error.write($0) }
            handler.logLevel = level
            return handler
        }
    }

    static func logger() -> Logger { Logger(label: label) }

    /// What stands where lines had to be left out.
    static func missingLine(_ count: Int) -> [UInt8] {
        let message = "log lines are missing here, because standard error did not take them"
        return format.line(.warning, label, message, ["lines": "\(count)"])
    }
}
