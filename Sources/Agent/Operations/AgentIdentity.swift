// SPDX-License-Identifier: Apache-2.0

import Contract
import History

/// What the agent says about itself. The history holds its `agentId` and may open late.
struct AgentIdentity: Sendable {
    private let fixed: VersionReply
    private let history: History

    /// - Parameter fixed: everything but the `agentId`, which is taken from here only until the history opens.
    init(of fixed: VersionReply, history: History) {
        self.fixed = fixed
        self.history = history
    }

    var reply: VersionReply {
        var reply = fixed
        if let id = try? history.agentID { reply.agentId = id }
        return reply
    }
}
