// SPDX-License-Identifier: Apache-2.0

import History
import Shared

@testable import Agent

/// A store that does not work.
struct BrokenIdempotencyStore: IdempotencyStore {
    private static let failure = ClusterError(.unavailable, .historyUnavailable, "the disk is full")

    func claim(_ request: IdempotentRequest) throws -> IdempotencyClaim { throw Self.failure }
    func known(_ request: IdempotentRequest) throws -> IdempotencyClaim? { throw Self.failure }
    func finish(_ request: IdempotentRequest, with reply: IdempotentReply) throws { throw Self.failure }
    func release(_ request: IdempotentRequest) throws { throw Self.failure }
}
