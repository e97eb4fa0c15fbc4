// SPDX-License-Identifier: Apache-2.0

/// What a transfer delivers: the head once, then the body in pieces.
enum ReplyPart: Sendable {
    /// - Parameter retryAfter: the header's seconds, where the agent gave a number.
    case head(status: Int, retryAfter: Int?)
    case bytes([UInt8])
}
