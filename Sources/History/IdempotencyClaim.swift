// SPDX-License-Identifier: Apache-2.0

/// What is known of a key.
package enum IdempotencyClaim: Hashable, Sendable {
    /// Nothing; from now on it is the request's.
    case new
    /// This request had it, and its answer never came.
    case unfinished(IdempotentRequest)
    /// This request had it, and this was the answer.
    case answered(IdempotentRequest, IdempotentReply)
}
