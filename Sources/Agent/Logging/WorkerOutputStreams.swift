// SPDX-License-Identifier: Apache-2.0

import Cluster
import Synchronization

/// Passes the workers' output on to the agent's output, and their errors to the agent's errors. It never waits for a
/// reader; lines that cannot be passed on are dropped and counted.
final class WorkerOutputStreams: Sendable {
    static let shared = WorkerOutputStreams(output: AgentStreams.output, error: AgentStreams.error)

    private let output: LineWriter
    private let error: LineWriter
    private let dropped = Atomic<Int>(0)

    init(output: LineWriter, error: LineWriter) {
        self.output = output
        self.error = error
    }

    var droppedBytes: Int { dropped.load(ordering: .relaxed) }

    func pass(_ output: WorkerOutput) {
        let writer =
            switch output.stream {
            case .output: self.output
            case .error: error
            }
        let lines = max(1, output.bytes.count { $0 == UInt8(ascii: "\n") })
        let count = output.bytes.count
        writer.write(output.bytes, lines: lines) { [self] in dropped.add(count, ordering: .relaxed) }
    }
}
