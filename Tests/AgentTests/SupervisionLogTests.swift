// SPDX-License-Identifier: Apache-2.0

import Logging
import Shared
@testable import Supervision
import Synchronization
import Testing

@testable import Agent

/// What the agent's log says of the supervisor.
@Suite struct SupervisionLogTests {
    private final class Lines: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        var log: SupervisionLog {
            SupervisionLog(
                logger: Logger(label: "test") { label in
                    LineLogHandler(label: label, format: .json) { [self] line in bytes.withLock { $0 += line } }
                })
        }

        var text: [String] {
            String(decoding: bytes.withLock { $0 }, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    private func lines(of kinds: SupervisorEvent.Kind..., because reason: SupervisorCause.Reason? = nil) -> [String] {
        let lines = Lines()
        for kind in kinds {
            lines.log.note(
                SupervisorEvent(
                    time: Timestamp(milliseconds: 0), kind: kind, because: reason.map { SupervisorCause($0) },
                    instance: 3, workerId: .first))
        }
        return lines.text
    }

    private func contains(_ line: String, _ words: String...) -> Bool { words.allSatisfy { line.contains($0) } }

    @Test func `an instance that gave up is an error, with why and what to do`() {
        let log = lines(of: .gaveUp(failures: 4, periodMs: 60_000), because: .notReady)
        #expect(log.count == 1 && contains(log[0], "error", "gave up", "\"3\"", "4 in 60000 ms", "notReady", "scale"))
    }

    @Test func `a worker that does not answer is a warning`() {
        let log = lines(of: .unresponsive(forMs: 15_000))
        #expect(log.count == 1 && contains(log[0], "warning", "does not answer", "15000 ms", "kill"))
    }

    @Test func `an aborted reload is a warning with the worker's end, and one that succeeded is nothing`() {
        var info = OperationInfo(
            id: OperationID(rawValue: "7"), kind: .reload, phase: .done, startedAt: Timestamp(milliseconds: 0),
            requestId: "r1", progress: OperationProgress(total: 1, replaced: 0, instances: []))
        info.verdict = .succeeded
        #expect(lines(of: .operationEnded(info)).isEmpty)
        info.verdict = .aborted
        info.failure = WorkerFailure(instance: 2, workerId: .first, reason: .notReady, at: Timestamp(milliseconds: 0))
        let log = lines(of: .operationEnded(info))
        #expect(log.count == 1 && contains(log[0], "warning", "aborted", "reload", "was not ready in time", "r1"))
    }

    @Test func `a worker that cannot be started is an error`() {
        let lines = Lines()
        lines.log.noteForkFailure(ClusterError(.notFound, .execNotFound, "no such file: /srv/app.js"), instance: 1)
        #expect(lines.text.count == 1 && contains(lines.text[0], "error", "EXEC_NOT_FOUND", "app.js"))
    }

    @Test func `what is no trouble is not logged`() {
        #expect(lines(of: .ready(afterMs: 1), .scale(from: 1, to: 2), .responsive(afterMs: 9)).isEmpty)
    }
}
