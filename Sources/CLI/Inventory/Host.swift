// SPDX-License-Identifier: Apache-2.0

/// An agent that a command is for.
struct Host: Hashable, Sendable {
    /// The name in the inventory, or the URL as it was given. Tables, messages and JSON show it.
    var name: String
    var address: AgentAddress
    var credentials = Credentials()
    /// The proxy. Nil if the agent is called directly.
    var proxy: Proxy?
    /// Why it cannot be called: its files or its URL. Other hosts are called all the same.
    var problem: Failure?
}
