// SPDX-License-Identifier: Apache-2.0

/// An internal message from the primary to a worker that carries no descriptor.
enum PrimaryMessage: Hashable, Sendable {
    /// Close your servers, wait for their connections, then close the channel.
    case disconnect
    /// Answers `exitedAfterDisconnect`.
    case acknowledge(Int)
    /// Answers `queryServer` if the primary keeps the socket, or could not make one.
    case server(ServerReply)
}
