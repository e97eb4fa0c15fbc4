// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

/// Commands that are repeated with their key.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct IdempotencyTests {
    private static let options = ["-H", "Idempotency-Key: the-same"]

    @Test func `fifty at once fork one worker, and none after a restart`() async throws {
        try await withTemporaryDirectory { directory in
            var first = ""
            try await runAgent(["--workers", "0", workerScript("obedient.js")], in: directory) { agent in
                let bodies = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            try await agent.call("POST", "/v1/workers:fork", options: Self.options).body
                        }
                    }
                    return try await group.reduce(into: Set()) { $0.insert($1) }
                }
                #expect(bodies.count == 1)
                first = try #require(bodies.first)
                #expect(try await agent.workers().count == 1)
            }
            try await runAgent(["--workers", "0", workerScript("obedient.js")], in: directory) { agent in
                let reply = try await agent.call("POST", "/v1/workers:fork", options: Self.options)
                #expect(reply.status == 201 && reply.body == first)
                #expect(try await agent.workers().isEmpty)
                let other = try await agent.call(
                    "POST", "/v1/workers:fork", body: #"{"count":2}"#, options: Self.options)
                #expect(other.status == 400 && other.reason == .idempotencyKeyReused)
            }
        }
    }
}
