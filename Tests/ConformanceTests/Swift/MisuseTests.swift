// SPDX-License-Identifier: Apache-2.0

import Shared
import Testing

@Suite("A program in Swift that does what it must not", .timeLimit(.minutes(1)))
struct MisuseTests {
    @Test("misuse is a typed error, and nothing traps", arguments: SchedulingPolicy.allCases)
    func typedErrors(_ policy: SchedulingPolicy) async throws {
        try await withSwiftPrimary("misuse", settings: { $0.schedulingPolicy = policy }) { cluster in
            let id = try await cluster.forkOnline()
            try await cluster.send(#""no number""#, to: id)
            let expected: [JSONValue] = [
                "UNEXPECTED_MESSAGE", "MALFORMED_JSON", "MALFORMED_JSON", "INVALID_FIELD", "INVALID_FIELD",
                "INVALID_FIELD", "INVALID_FIELD", "INVALID_FIELD",
            ]
            #expect(try await cluster.log.message(1, of: id) == .array(expected))
            let end = try await cluster.end(of: id)
            #expect(end.exitCode == 7 && end.exitedAfterDisconnect == true)
        }
    }
}
