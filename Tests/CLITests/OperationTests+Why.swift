// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import Synchronization
import TestSupport
import Testing

// Why workers failed.
extension OperationTests {
    @Test func `why names the instances`() async throws {
        try await run(["why", "7"]) { outcome, _ in
            #expect(
                outcome.status == 1 && outcome.errors == "local: there is no instance 7 (the instances are 0, 1, 2)\n")
        }
        try await run(["why", "0"]) { outcome, _ in
            #expect(outcome.status == 0 && outcome.output.contains("instance 0: no failure is known"))
        }
    }

    @Test func `why tells without a history what the agent knows`() async throws {
        let agent = SupervisedSample.agent()
        try await run(["why", "1"]) { call in
            guard call.path == "/v1/events" else { return try await agent(call) }
            return .error(503, "UNAVAILABLE", "HISTORY_UNAVAILABLE", "the history cannot be read")
        } _: { outcome, _ in
            #expect(outcome.status == 0 && outcome.output.contains("worker 9 ended with exit code 1"))
            #expect(outcome.errors.contains("[HISTORY_UNAVAILABLE]"))
        }
    }
}
