// SPDX-License-Identifier: Apache-2.0

import Foundation
import Shared
import Testing

/// Programs of other people's making get along with the API: curl is used all over these tests, here are two more.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ClientTests {
    private static func program(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Clients/\(name)").path
    }

    @Test(arguments: [("python3", "client.py"), ("node", "client.mjs")])
    func `a generated client works with the API`(interpreter: String, script: String) async throws {
        try await withAgent("--workers", "0", workerScript("obedient.js")) { agent in
            let outcome = try await RunningProgram.run(
                interpreter, [Self.program(script), "\(agent.port)", agent.token])
            #expect(outcome.status == 0 && outcome.output == "ok", "\(outcome.errors)")
        }
    }

    /// Debian's Prometheus finds nothing wrong with what it is to read.
    @Test func `promtool accepts the metrics`() async throws {
        try await withAgent("--workers", "2", workerScript("obedient.js")) { agent in
            for worker in 1...2 { try await agent.event(.listening, of: worker) }
            _ = try await agent.call("GET", "/v1/workers")
            let metrics = try await agent.call("GET", "/metrics")
            #expect(metrics.body.contains("cluster_workers{state=\"listening\"} 2"))
            let file = agent.dataDirectory.appending(path: "metrics")
            try Data(metrics.body.utf8).write(to: file)
            let outcome = try await RunningProgram.run("sh", ["-c", "promtool check metrics < '\(file.path)'"])
            #expect(outcome.status == 0 && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
        }
    }

    @Test func `each alert fires when it should`() async throws {
        let rules = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/monitoring/alerts-test.yaml")
        let outcome = try await RunningProgram.run("promtool", ["test", "rules", rules.path])
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }
}
