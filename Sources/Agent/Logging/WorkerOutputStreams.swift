// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// Passes the workers' output on to the agent's output, and their errors to the agent's errors. It never waits for a
/// reader; lines that cannot be passed on are dropped and counted.
final class WorkerOutputStreams: Sendable {
    private let output: LineWriter
    private let error: LineWriter
    private let dropped = Atomic<Int>(0)

    init(output: LineWriter = AgentStreams.output, error: LineWriter = AgentStreams.error) {
        self.output = output
        self.error = error
    }

    var droppedBytes: Int { dropped.load(ordering: .relaxed) }

    /// - Parameter bytes: whole lines, so that those of several workers do not mix.
    func pass(_ bytes: [UInt8], lines: Int, of stream: WorkerStream) {
        let writer =
            switch stream {
            case .stdout: output
            case .stderr: error
            }
        let count = bytes.count
        writer.write(bytes, lines: lines) { [self] in dropped.add(count, ordering: .relaxed) }
    }
}
