// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser

/// `cluster-cli hosts remove NAME`
struct HostsRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Removes a name from the inventory.", aliases: ["rm"])

    @Argument(help: "The host's name.", completion: Candidates.hosts)
    var name: String

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try global.refuseRegistry()
    }

    func run() throws {
        try InventoryFile.standard(within: global.timeout.duration).remove(name)
    }
}
