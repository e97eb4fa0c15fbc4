// SPDX-License-Identifier: Apache-2.0

import Shared
import TestSupport
import Testing

@Suite("A program in Swift that cancels a task", .timeLimit(.minutes(1)))
struct CancellationTests {
    @Test("a cancelled wait of any kind ends, and its task goes on", arguments: SchedulingPolicy.allCases)
    func waits(_ policy: SchedulingPolicy) async throws {
        try await withSwiftPrimary("cancelled", settings: { $0.schedulingPolicy = policy }) { cluster in
            let id = try await cluster.forkOnline()
            let outcomes: JSONValue = ["nil", "nil", "nil", "LISTEN_FAILED", "LISTEN_FAILED"]
            #expect(try await cluster.log.message(1, of: id) == outcomes)
            let port = try await cluster.port(2, of: id)
            try SocketClient(.udp(port: port, host: "127.0.0.1")).write("later")
            #expect(try await cluster.log.message(3, of: id) == "later")
        }
    }
}
