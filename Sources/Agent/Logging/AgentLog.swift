// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging

/// Where the log goes: to standard error, for people if that is a terminal, in JSON if a program reads it. Libraries
/// log there too. To log never waits.
enum AgentLog {
    private static let isTerminal = isatty(STDERR_FILENO) == 1
    private static let label = "cluster-agent"

    /// Once in a process.
    static func bootstrap(level: Logger.Level) {
        LoggingSystem.bootstrap { label in
            var handler = handler(label)
            handler.logLevel = level
            return handler
        }
    }

    static func logger() -> Logger { Logger(label: label) }

    /// What stands where lines had to be left out.
    static func missingLine(_ count: Int) -> [UInt8] {
        let message = "log lines are missing here, because standard error did not take them"
        let metadata: Logger.Metadata = ["lines": "\(count)"]
        return isTerminal
            ? TextLogHandler.line(.warning, label, message, metadata)
            : JSONLogHandler.line(.warning, label, message, metadata)
    }

    private static func handler(_ label: String) -> any LogHandler {
        let write: @Sendable ([UInt8]) -> Void = { AgentStreams.error.write($0) }
        return isTerminal ? TextLogHandler(label: label, write: write) : JSONLogHandler(label: label, write: write)
    }
}
