// SPDX-License-Identifier: Apache-2.0

import History

/// How a command ended, as far as its key is concerned.
enum IdempotencyOutcome: Sendable {
    /// This is the answer, now and to each repeat.
    case answered(IdempotentReply)
    /// Nothing was done, so a repeat may try again.
    case nothingDone
    /// It broke off; who knows how far it came.
    case unknown
}
