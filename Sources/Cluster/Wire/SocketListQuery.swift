// SPDX-License-Identifier: Apache-2.0

/// A worker's question about the sockets that it gave away under `key`.
struct SocketListQuery: Hashable, Sendable {
    enum Question: Hashable, Sendable {
        /// How many of them are open?
        case count
        /// Tell me when all are closed.
        case allClosed
    }

    let question: Question
    let key: String
}
