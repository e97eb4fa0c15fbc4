// SPDX-License-Identifier: Apache-2.0

/// The use of a socket that the primary keeps.
enum SocketUse: Sendable {
    /// The primary accepts from it and hands the connections over.
    case accepted
    /// The workers accept from the socket.
    case shared
    /// It is the first of several sockets at one port, and each worker gets one of them.
    case slots
}
