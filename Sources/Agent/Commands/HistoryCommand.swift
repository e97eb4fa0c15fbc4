// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cluster-agent history`
struct HistoryCommand: ParsableCommand {
    static let name = "history"
    static let configuration = CommandConfiguration(
        commandName: "cluster-agent history",
        abstract: "Reads the history of a data directory, also while an agent uses it.",
        subcommands: [HistoryExport.self, HistoryVerify.self])
}
