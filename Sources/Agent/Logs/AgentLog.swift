// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging

/// Where the log goes: to standard error, for people where that is a terminal, in JSON where a program reads it.
enum AgentLog {
    /// Once in a process.
    static func bootstrap(level: Logger.Level) {
        let isTerminal = isatty(STDERR_FILENO) == 1
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler =
                isTerminal ? StreamLogHandler.standardError(label: label) : JSONLogHandler(label: label)
            handler.logLevel = level
            return handler
        }
    }
}
