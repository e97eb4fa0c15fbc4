// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Something that happened to this worker.
public enum WorkerEvent: Hashable, Sendable {
    /// One of its listeners is ready.
    case listening(ListeningAddress)
    /// The worker leaves, because the primary or the program wants it. Its listeners are closed, and its connections
    /// may finish.
    case leaving
    /// The channel to the primary is closed: nothing can be sent any more.
    case disconnect
}
