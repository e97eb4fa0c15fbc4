// SPDX-License-Identifier: Apache-2.0

/// A point in a worker's life that a caller can wait for.
public enum WorkerMilestone: String, Hashable, Sendable {
    case online
    case listening
    /// The IPC channel is closed.
    case disconnected
    /// The process has ended.
    case exited
}
