// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import TestSupport
import Testing

@Suite("What a Swift program is to the cluster", .timeLimit(.minutes(1)))
struct RoleTests {
    @Test("a program that runs alone is the primary, and not a worker")
    func alone() async throws {
        let lines = try await Self.roles([:])
        #expect(lines.count == 2 && lines[0] == "worker: false, primary: true")
        #expect(lines.last?.hasPrefix("worker: NOT_A_WORKER: ") == true)
    }

    @Test(
        "a worker that was started by hand gets an error, and its variables are gone",
        arguments: [
            ["NODE_UNIQUE_ID": "1"], ["NODE_UNIQUE_ID": "", "NODE_CHANNEL_FD": "3"],
            ["NODE_UNIQUE_ID": "x", "NODE_CHANNEL_FD": "3"], ["NODE_UNIQUE_ID": "1", "NODE_CHANNEL_FD": "-1"],
            ["NODE_UNIQUE_ID": "1", "NODE_CHANNEL_FD": "0"], ["NODE_UNIQUE_ID": "1", "NODE_CHANNEL_FD": "999"],
            ["NODE_UNIQUE_ID": "1", "NODE_CHANNEL_FD": "three"],
        ])
    func byHand(_ variables: [String: String]) async throws {
        let lines = try await Self.roles(variables)
        #expect(lines.count == 3 && lines[0] == "worker: false, primary: false")
        for (line, role) in zip(lines.dropFirst(), ["worker", "primary"]) {
            #expect(line.hasPrefix("\(role): NO_PRIMARY: ") && line.contains("cluster-agent"))
        }
    }

    @Test("a worker is not a primary")
    func worker() async throws {
        try await withPrimary("", settings: { $0.useSwiftWorker("role-message") }) { cluster in
            let id = try await cluster.fork()
            #expect(try await cluster.log.message(1, of: id) == "NOT_A_PRIMARY")
        }
    }

    /// What `SwiftWorker roles` says in this environment.
    private static func roles(_ variables: [String: String]) async throws -> [String] {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("NODE_") }
        environment.merge(variables) { $1 }
        let program = try SpawnedProgram(SwiftWorkerProgram.path, ["roles"], environment: environment)
        let lines = await program.output.lines(.max)
        for await status in program.ends { #expect(status == 0) }
        return lines
    }
}
