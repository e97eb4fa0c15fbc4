// SPDX-License-Identifier: Apache-2.0

/// The name of an agent, which tells it apart from others of the same machine.
package enum AgentName {
    /// What `cluster-cli` calls an agent without a name. No agent may take it.
    package static let unnamed = "local"
    /// Where the unit `cluster-agent@NAME` has its data, in a folder for each name.
    package static let systemData = "/var/lib/cluster-agent"

    /// Whether an agent may have it. Its length depends on the folder: ``longest(in:)``.
    package static func isValid(_ text: String) -> Bool {
        GivenName.isValid(text) && text != unnamed
    }

    /// How many bytes a name may have, if its data directory is in `folder` and the agent's socket is there.
    package static func longest(in folder: String) -> Int {
        max(0, SocketPath.longest - "\(folder)//agent.sock".utf8.count)
    }
}
