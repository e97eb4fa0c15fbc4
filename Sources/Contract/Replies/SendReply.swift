// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The answer to `:send`.
public struct SendReply: Hashable, Codable, Sendable {
    /// False is backpressure: the message is queued, slow down.
    public var accepted: Bool
    /// Bytes that wait for this worker.
    public var queuedBytes: Int

    public init(_ outcome: SendOutcome) {
        accepted = outcome.accepted
        queuedBytes = outcome.queuedBytes
    }
}
