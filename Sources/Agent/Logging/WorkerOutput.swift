// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import Shared
import Synchronization
import WorkerLogs

/// What workers print: stored, and passed on to the agent's own output. Nobody waits for the disk or for the reader of that output.
final class WorkerOutput: WorkerOutputCollector {
    /// What is done with it.
    struct Options: Hashable, Sendable {
        /// Otherwise workers write to the agent's own streams, as under Node.
        var isCaptured = true
        var forward = LogForward.raw
        var limits = LogLimits()
    }

    let store: LogStore
    private let streams: WorkerOutputStreams
    /// How far lines are stored.
    private let stored = SettleLine()
    /// How long an exit event waits for its worker's last lines to be stored.
    private static let patience = Duration.seconds(2)

    /// - Parameter path: the directory of the logs.
    init(path: String, options: Options, streams: WorkerOutputStreams, logger: Logger) {
        self.streams = streams
        store = LogStore(
            directory: path, limits: options.limits, forward: options.forward,
            adopt: { DataFile.adopt($0, at: $1) },
            outlet: { stream, bytes, lines in streams.pass(bytes, lines: lines, of: stream) },
            onNotice: { notice in
                switch notice {
                case .failed(let reason): logger.error("\(reason); lines are lost")
                case .resumed(let lost):
                    logger.notice("worker output is stored again", metadata: ["lostLines": "\(lost)"])
                }
            },
            onStored: { [stored] seq in
                stored.restart()
                stored.advance(to: UInt64(max(0, seq)))
            })
    }

    /// Bytes that could not be passed on.
    var droppedBytes: Int { streams.droppedBytes }

    func collect(from worker: WorkerID?, _ source: OutputSource) -> any WorkerOutputSink {
        Sink(log: store.log(of: worker, source: source))
    }

    func turnDidEnd() {
        store.turnDidEnd()
    }

    /// Returns when the line at this place is stored, or cannot be stored in time.
    func settle(through seq: Int64, clock: any Clock<Duration>) async {
        let seq = UInt64(max(0, seq))
        await stored.wait(for: seq, atMost: Self.patience, clock: clock)
        // Otherwise each further exit event would wait as long, one after the other.
        if !stored.hasReached(seq) { stored.stop() }
    }

    private final class Sink: WorkerOutputSink {
        private let log: WorkerLog

        init(log: WorkerLog) {
            self.log = log
        }

        func didWrite(_ bytes: UnsafeRawBufferPointer, to stream: WorkerStream) { log.didWrite(bytes, to: stream) }
        func workerDidExit() -> Int64? { log.didExit() }
        func didEnd(_ stream: WorkerStream) { log.didEnd(stream) }
    }
}
