// SPDX-License-Identifier: Apache-2.0

/// What happened. `setup` to `exit` have the names and the meaning of Node's cluster events, except `leaving`.
public enum EventType: String, Codable, Sendable, CaseIterable {
    case setup
    case fork
    case online
    case listening
    case message
    /// Somebody asked a worker to go.
    case leaving
    case disconnect
    case exit
    /// The agent began to serve a data directory.
    case agentStart
    /// The agent ended in good order.
    case agentStop
    /// Somebody changed something: the audit.
    case command
    /// Events are missing here: the history could not be written for a while.
    case gap
}
