// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// `cluster-cli` with many real agents: what `Benchmarks/fleet.py` does, smaller.
///
/// `CLUSTER_FLEET=200` makes it as large as it is meant for.
@Suite(.timeLimit(.minutes(10)))
struct FleetTests {
    @Test func `each command reaches each host, and each event comes once while agents come and go`() async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Benchmarks/fleet.py")
        let hosts = ProcessInfo.processInfo.environment["CLUSTER_FLEET"] ?? "20"
        let outcome = try await RunningProgram.run(
            script.standardizedFileURL.path,
            [
                RunningProgram.built("cluster-cli"), RunningProgram.built("cluster-agent"), "--hosts", hosts,
                "--history", "50", "--follow", "5", "--slow", "1",
            ])
        #expect(outcome.status == 0, "\(outcome.errors)\n\(outcome.output)")
    }
}
