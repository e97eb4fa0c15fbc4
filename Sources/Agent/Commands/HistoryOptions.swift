// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The agent's options for what the history keeps.
struct HistoryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Older events are removed: 30d, 12h, none. (default: 30d)", valueName: "age"))
    var historyMaxAge: String?

    @Option(help: ArgumentHelp("How many events are kept. (default: none, no limit)", valueName: "n"))
    var historyMaxEvents: String?

    @Option(
        help: ArgumentHelp("How large the history may become: 500M, 2G. (default: none, no limit)", valueName: "size"))
    var historyMaxBytes: String?

    @Option(
        help: ArgumentHelp(
            "Summaries of workers that ended longer ago are deleted: 90d, none. (default: 365d)", valueName: "age"))
    var historyMaxWorkerAge: String?

    @Flag(help: "Keep the workers' messages in the history too.")
    var historyMessages = false

    /// The options that were given, by key.
    var values: [ConfigurationKey: [String]] {
        var values: [ConfigurationKey: [String]] = [:]
        values[.historyMaxAge] = historyMaxAge.map { [$0] }
        values[.historyMaxEvents] = historyMaxEvents.map { [$0] }
        values[.historyMaxBytes] = historyMaxBytes.map { [$0] }
        values[.historyMaxWorkerAge] = historyMaxWorkerAge.map { [$0] }
        values[.historyMessages] = historyMessages ? ["true"] : nil
        return values
    }
}
