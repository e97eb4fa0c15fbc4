// SPDX-License-Identifier: Apache-2.0

import Contract
import History

/// What the agent says about itself. Its `agentId` stands in the history, which may open late.
struct AgentIdentity: Sendable {
    private let fixed: VersionReply
    private let history: History

    /// - Parameter fixed: all but the `agentId`, which counts only while the history is not open.
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
