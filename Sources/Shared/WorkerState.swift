// SPDX-License-Identifier: Apache-2.0

/// A worker's state, as `worker.state` in Node's primary.
public enum WorkerState: String, Codable, Sendable, CaseIterable {
    /// Forked, and has said nothing yet. Exits: `online`, `disconnected`, `dead`.
    case none
    /// Runs and has said so. Exits: `listening`, `disconnected`, `dead`.
    case online
    /// Has at least one server that listens. Exits: `disconnected`, `dead`.
    case listening
    /// The IPC channel is closed. Exits: `dead`.
    case disconnected
    /// The process has ended. Exits: `disconnected`, if the channel closes after the process.
    case dead
}
