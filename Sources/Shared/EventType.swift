// SPDX-License-Identifier: Apache-2.0

/// What happened. `setup` to `exit` have the names and the meaning of Node's cluster events, except `leaving`. `scale` to
/// `resolved` are what the supervisor did or saw.
public enum EventType: String, Codable, Sendable, CaseIterable {
    case setup
    case fork
    case online
    case listening
    case message
    /// Somebody asked a worker to leave.
    case leaving
    case disconnect
    case exit
    /// The agent began to serve a data directory.
    case agentStart
    /// The agent ended in good order.
    case agentStop
    /// Somebody gave a command: the audit.
    case command
    /// Another number of workers is wanted.
    case scale
    /// An instance gets another worker.
    case restart
    /// A supervised worker is ready.
    case ready
    /// A supervised worker has not answered heartbeats for too long.
    case unresponsive
    /// It answers again.
    case responsive
    /// A supervised worker has passed a limit and will be replaced.
    case limit
    /// An instance tries no more.
    case gaveUp
    /// An operation began, came further or ended.
    case operation
    /// The workers' program was no longer at its place and was found again.
    case resolved
    /// Events are missing here: the history could not be written for a while.
    case gap
}
