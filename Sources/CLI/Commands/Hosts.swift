// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli hosts`
struct Hosts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The inventory: agents with names.",
        subcommands: [HostsList.self, HostsAdd.self, HostsRemove.self, HostsCheck.self],
        defaultSubcommand: HostsList.self)
}
