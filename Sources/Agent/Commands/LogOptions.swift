// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The agent's options for what workers print. The file has more.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "off: supervised workers write to the agent's own output, as under Node, and nothing is stored. (default: on)",
            valueName: "on|off"))
    var workerLogs: String?

    @Option(
        help: ArgumentHelp(
            "How the agent's own output gets what workers print: raw, json or none. (default: raw)", valueName: "how"))
    var workerLogsForward: String?

    @Option(help: ArgumentHelp("How much of it is kept: 256M, 2G. (default: 256M)", valueName: "size"))
    var logsMaxBytes: String?

    @Option(help: ArgumentHelp("Older lines are deleted: 7d, 12h, none. (default: 7d)", valueName: "age"))
    var logsMaxAge: String?

    /// What was said, by key.
    var values: [ConfigurationKey: [String]] {
        let values: [(ConfigurationKey, String?)] = [
            (.logsCapture, workerLogs), (.logsForward, workerLogsForward), (.logsMaxBytes, logsMaxBytes),
            (.logsMaxAge, logsMaxAge),
        ]
        return values.reduce(into: [:]) { all, value in all[value.0] = value.1.map { [$0] } }
    }
}
