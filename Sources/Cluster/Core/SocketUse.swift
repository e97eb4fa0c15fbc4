// SPDX-License-Identifier: Apache-2.0

/// What is done with a socket that the primary keeps.
enum SocketUse: Sendable {
    /// The primary accepts from it and hands the connections over.
    case accepted
    /// The workers get the socket itself.
    case shared
    /// It is the first of several at one port, of which each worker gets one.
    case slots
}
