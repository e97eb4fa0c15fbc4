// SPDX-License-Identifier: Apache-2.0

/// Why the supervisor does something, and for whom.
public struct SupervisorCause: Hashable, Codable, Sendable {
    /// What led to it.
    public enum Reason: String, Hashable, Codable, Sendable, CaseIterable {
        /// The configuration says how many workers there are.
        case start
        case scale
        /// Somebody disconnected a worker, so one fewer is wanted.
        case disconnect
        /// Somebody disconnected all workers, so none is wanted.
        case disconnectAll
        /// Somebody killed a worker to get a fresh one.
        case kill
        case restart
        case reload
        /// An operation was aborted or cancelled.
        case withdrawn
        /// A worker ended, or could not be forked.
        case failure
        case notReady
        case unresponsive
        /// A worker closed its channel by itself and lived on.
        case channelClosed
        case memory
        case age
        /// A worker ended, and the policy is not to replace it.
        case policy
    }

    /// What led to it.
    public let reason: Reason
    /// The command behind it, opaque to the supervisor; nil if nobody gave one.
    public let origin: String?

    /// - Parameter origin: the command behind it; nil if nobody gave one.
    public init(_ reason: Reason, origin: String? = nil) {
        self.reason = reason
        self.origin = origin
    }
}
