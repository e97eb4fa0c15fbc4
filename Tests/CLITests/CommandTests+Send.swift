// SPDX-License-Identifier: Apache-2.0

import Foundation
import Hummingbird
import TestSupport
import Testing

// Messages to workers.
extension CommandTests {
    @Test func `send --all sends to each live worker and names those that refused`() async throws {
        try await run(["send", "--all", "[1]"]) { outcome, agent in
            #expect(
                Set(agent.calls.map(\.line)).isSuperset(of: ["POST /v1/workers/1:send", "POST /v1/workers/2:send"]))
            #expect(Self.words(outcome.output) == ["WORKER ACCEPTED QUEUED", "1 true 12"])
            #expect(outcome.status == 2)
        }
    }

    @Test func `send passes the message on as it was written`() async throws {
        try await run(["send", "1", #"{"b": 1.50, "a": null}"#]) { outcome, agent in
            #expect(agent.calls.first?.body == #"{"message":{"b": 1.50, "a": null}}"#)
            #expect(Self.words(outcome.output) == ["ACCEPTED QUEUED", "true 12"])
        }
    }

    @Test func `send reads messages from standard input, one per line, in order`() async throws {
        let input = (1...50).map { "\($0)\n" }.joined() + "\n  \n51"
        try await run(["send", "1", "-", "-o", "json"], input: input) { outcome, agent in
            #expect(agent.calls.map(\.body) == (1...51).map { #"{"message":\#($0)}"# })
            #expect(outcome.output == #"{"sent":51}"# + "\n")
        }
    }

    @Test func `a line that is not JSON ends the sending and is named`() async throws {
        try await run(["send", "1", "-"], input: "1\n{\n3\n") { outcome, agent in
            #expect(agent.calls.count == 1 && outcome.status == 64)
            #expect(outcome.errors.contains("line 2: not JSON"))
        }
    }
}
