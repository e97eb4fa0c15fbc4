// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import FoundationEssentials
internal import Shared

/// `cluster-cli hosts add NAME URL`
struct HostsAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Gives an agent a name.",
        discussion: """
            EXAMPLES:
              cluster-cli hosts add web-1 https://10.0.0.7:7420 --token-file ~/token
              cluster-cli hosts add web-2 https://10.0.0.8:7420 -g web
              cluster-cli hosts add here unix:/run/cluster/agent.sock

            --group, --token-file, --cacert, --cert and --key are kept with it.
            """)

    @Argument(help: "Letters, digits, '-', '_', '.'.")
    var name: String

    @Argument(help: "http://HOST:PORT, https://HOST:PORT or unix:PATH.")
    var url: String

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        try global.refuseRegistry()
        guard GivenName.isValid(name) else {
            throw ValidationError("'\(name)' cannot be a host's name: use letters, digits, '-', '_', '.'")
        }
        if let group = global.group.first(where: { !GivenName.isValid($0) }) {
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
        try InventoryFile.standard(within: global.timeout.duration).add(name, entry)
        warn(about: [entry.tokenFile, entry.cacert, entry.cert, entry.key].compactMap(\.self))
    }

    /// A file may come later, so the host is added all the same.
    private func warn(about files: [String]) {
        let deadline = ContinuousClock.now + global.timeout.duration
        for file in files {
            do throws(SmallFile.Failure) {
                try SmallFile.check(Directories.expanded(file), until: deadline)
            } catch {
                StandardStreams.complain(TerminalText.safe("\(name): warning: cannot read \(file): \(error.reason)"))
            }
        }
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
