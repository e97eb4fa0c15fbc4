// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// `cluster-agent config`: how an agent with these options and this environment would be configured.
struct ConfigCommand: AsyncParsableCommand {
    static let name = "config"
    static let configuration = CommandConfiguration(
        commandName: "cluster-agent config",
        abstract: "Checks and shows how an agent is configured, without starting one.",
        subcommands: [ConfigCheck.self, ConfigShow.self])
}
