// SPDX-License-Identifier: Apache-2.0

/// An agent that a command is for.
struct Host: Hashable, Sendable {
    /// The name in the inventory, or the URL as it was given; stands in tables, messages and JSON.
    var name: String
    var address: AgentAddress
    var credentials = Credentials()
    /// What stands between; nil if the agent is called directly.
    var proxy: Proxy?
    /// Why it cannot even be called: its files, or its URL. It fails alone, the other hosts are called.
    var problem: Failure?
}
