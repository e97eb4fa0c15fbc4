// SPDX-License-Identifier: Apache-2.0

internal import Shared

/// Where files are kept, by the same rule as the agent's.
enum Directories {
    /// The local agent's socket.
    static var agentSocket: String? {
        agentData.map { $0 + "/agent.sock" }
    }

    /// The folder of the user's own agents that have names.
    static var ownApps: String? {
        agentData.map { $0 + "/apps" }
    }

    private static var agentData: String? {
        if let directory = nonEmpty(EnvironmentName.dataDirectory.rawValue) { return directory }
        return XDGDirectory.state.path(in: Terminal.variable).map { $0 + "/cluster-agent" }
    }

    static var inventory: String? {
        XDGDirectory.configuration.path(in: Terminal.variable).map { $0 + "/cluster/hosts.yaml" }
    }

    static func nonEmpty(_ variable: String) -> String? {
        Terminal.variable(variable).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A path in the inventory. A relative one begins in the inventory's folder.
    static func besideInventory(_ path: String) -> String {
        let path = expanded(path)
        guard !path.hasPrefix("/"), let inventory else { return path }
        return inventory[...(inventory.lastIndex(of: "/") ?? inventory.startIndex)] + path
    }

    /// Expands `~/` like the shell, because people write it into files too.
    static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = nonEmpty("HOME") else { return path }
        return home + path.dropFirst(1)
    }
}
