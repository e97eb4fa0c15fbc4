// SPDX-License-Identifier: Apache-2.0

import History

/// Stores keys and answers. It is a protocol because a test cannot easily make a disk fail at the right moment.
protocol IdempotencyStore: Sendable {
    /// - Throws: as `History.claim`. The other methods throw as their namesakes.
    func claim(_ request: IdempotentRequest) async throws -> IdempotencyClaim
    /// Only reads.
    func known(_ request: IdempotentRequest) async throws -> IdempotencyClaim?
    func finish(_ request: IdempotentRequest, with reply: IdempotentReply) async throws
    func release(_ request: IdempotentRequest) async throws
}

/// The history's file, written on a thread that may block.
struct HistoryIdempotencyStore: IdempotencyStore {
    let history: History

    func claim(_ request: IdempotentRequest) async throws -> IdempotencyClaim {
        try await history.perform { try $0.claim(request) }
    }

    func known(_ request: IdempotentRequest) async throws -> IdempotencyClaim? {
        try await history.perform { try $0.known(request) }
    }

    func finish(_ request: IdempotentRequest, with reply: IdempotentReply) async throws {
        try await history.perform { try $0.finish(request, with: reply) }
    }

    func release(_ request: IdempotentRequest) async throws {
        try await history.perform { try $0.release(request) }
    }
}
