// SPDX-License-Identifier: Apache-2.0

/// An internal message from a worker to its primary that carries no descriptor (Node `lib/internal/cluster/child.js`).
enum WorkerNotice: Hashable, Sendable {
    case online
    case query(ListenRequest, index: Int)
    /// - Parameter port: the real one.
    case listening(ListenRequest, index: Int, port: Int?)
    case close(key: String)
    case exitedAfterDisconnect
}
