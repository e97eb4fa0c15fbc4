// SPDX-License-Identifier: Apache-2.0

/// The state of a key.
package enum IdempotencyClaim: Hashable, Sendable {
    /// Nothing; from now on it is the request's.
    case new
    /// This request had it, and its answer never came.
    case unfinished(IdempotentRequest)
    /// This request had it, and this was the answer.
    case answered(IdempotentRequest, IdempotentReply)
}

/// An answer that is kept to be given again.
package struct IdempotentReply: Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// JSON.
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }
}
