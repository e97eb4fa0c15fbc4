// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli hosts`
struct Hosts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts", abstract: "The inventory: agents with names.",
        discussion: """
            EXAMPLES:
              cluster-cli hosts                                   all of them
              cluster-cli hosts add web-1 http://10.0.0.7:7420    one more
              cluster-cli hosts check                             does each let us in?

            They are kept in ~/.config/cluster/hosts.yaml, which may be edited by hand.
            """,
        subcommands: [HostsList.self, HostsAdd.self, HostsRemove.self, HostsCheck.self],
        defaultSubcommand: HostsList.self)
}
