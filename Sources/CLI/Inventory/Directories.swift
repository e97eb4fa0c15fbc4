// SPDX-License-Identifier: Apache-2.0

/// Where files are kept: the same rule as the agent's for its data, and the XDG Base Directory
/// Specification for the inventory.
enum Directories {
    /// The local agent's socket.
    static var agentSocket: String? {
        agentData.map { $0 + "/agent.sock" }
    }

    private static var agentData: String? {
        if let directory = nonEmpty("CLUSTER_DATA_DIR") { return directory }
        if let state = nonEmpty("XDG_STATE_HOME") { return state + "/cluster-agent" }
        return nonEmpty("HOME").map { $0 + "/.local/state/cluster-agent" }
    }

    static var inventory: String? {
        if let configuration = nonEmpty("XDG_CONFIG_HOME") { return configuration + "/cluster/hosts.yaml" }
        return nonEmpty("HOME").map { $0 + "/.config/cluster/hosts.yaml" }
    }

    static func nonEmpty(_ variable: String) -> String? {
        Terminal.variable(variable).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What the inventory names: a relative path begins where that file is.
    static func besideInventory(_ path: String) -> String {
        let path = expanded(path)
        guard !path.hasPrefix("/"), let inventory else { return path }
        return inventory[...(inventory.lastIndex(of: "/") ?? inventory.startIndex)] + path
    }

    /// With `~/` as the shell has it, since files that people write have it too.
    static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = nonEmpty("HOME") else { return path }
        return home + path.dropFirst(1)
    }
}
