// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import FoundationEssentials

/// `cluster-cli hosts add NAME URL`
struct HostsAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Gives an agent a name.",
        discussion: """
            EXAMPLES:
              cluster-cli hosts add web-1 https://10.0.0.7:7420 -g web --token-file ~/web-1.token
              cluster-cli hosts add here unix:/run/cluster/agent.sock

            --group, --token-file, --cacert, --cert and --key are kept with it.
            """)

    @Argument(help: "Letters, digits, '-', '_', '.'.")
    var name: String

    @Argument(help: "http://HOST:PORT, https://HOST:PORT or unix:PATH.")
    var url: String

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        guard Inventory.isName(name) else {
            throw ValidationError("'\(name)' cannot be a host's name: use letters, digits, '-', '_', '.'")
        }
        if let group = global.group.first(where: { !Inventory.isName($0) }) {
            throw ValidationError("'\(group)' cannot be a group's name: use letters, digits, '-', '_', '.'")
        }
        guard AgentAddress(url) != nil else {
            throw ValidationError(AgentAddress.complaint(about: url))
        }
    }

    func run() throws {
        let entry = Inventory.Entry(
            url: lasting(url), groups: global.group.isEmpty ? nil : global.group,
            tokenFile: global.tokenFile.map(absolute),
            cacert: global.cacert.map(absolute), cert: global.cert.map(absolute), key: global.key.map(absolute))
        try InventoryFile.standard().add(name, entry)
    }

    private func lasting(_ url: String) -> String {
        guard case .unix(let path)? = AgentAddress(url), !path.hasPrefix("/") else { return url }
        return "unix:" + absolute(path)
    }

    /// The inventory is used from any directory, so the path must be absolute.
    private func absolute(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix("~/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
