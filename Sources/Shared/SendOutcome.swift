// SPDX-License-Identifier: Apache-2.0

/// What became of a message that was sent to a worker.
public struct SendOutcome: Hashable, Sendable {
    /// False is backpressure: the message is queued, slow down.
    public var accepted: Bool
    /// Bytes that wait for this worker.
    public var queuedBytes: Int

    /// An outcome of these parts.
    public init(accepted: Bool, queuedBytes: Int) {
        self.accepted = accepted
        self.queuedBytes = queuedBytes
    }
}
