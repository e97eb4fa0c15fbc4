// SPDX-License-Identifier: Apache-2.0

/// A connection that another library has taken over.
public struct DetachedConnection: Sendable {
    /// The socket: nonblocking, close-on-exec, and the caller's to close.
    public let descriptor: CInt
    /// To be ended when the socket is closed, so that the worker knows.
    public let lease: ConnectionLease
}
