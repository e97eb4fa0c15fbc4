// SPDX-License-Identifier: Apache-2.0

import Shared

/// One message from a worker.
enum WorkerFrame {
    case online
    case query(ServerQuery)
    case listening(ListeningAddress)
    case closeServer(key: String)
    case exitedAfterDisconnect(sequence: Int)
    /// The answer to `newconn`.
    case answer(sequence: Int, accepted: Bool)
    /// The oldest descriptor that was sent and not yet confirmed has arrived.
    case handleAcknowledged
    /// It has not.
    case handleRefused
    /// Asks about sockets that came from one of the worker's servers (Node `lib/internal/socket_list.js`).
    case socketList(SocketListQuery)
    /// A message of the program's own.
    case message(ReceivedMessage)
    /// Any of the others, with a descriptor of this kind.
    indirect case withHandle(kind: String, WorkerFrame)
    /// Internal, but nothing that a primary answers.
    case unknown
}
