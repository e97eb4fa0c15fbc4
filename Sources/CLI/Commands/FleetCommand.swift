// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli fleet`
struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet", abstract: "All agents that share a database, and what happened to all of them.",
        discussion: """
            EXAMPLES:
              cluster-cli fleet agents                          who belongs to it
              cluster-cli fleet events --since 1d --type exit   what ended anywhere
              cluster-cli --fleet gw -g web status              a group's agents

            Any agent with fleet.url answers. A token needs the scope fleet.
            """,
        subcommands: [FleetAgents.self, FleetEvents.self, FleetForget.self], defaultSubcommand: FleetAgents.self)
}
