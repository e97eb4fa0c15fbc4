// SPDX-License-Identifier: Apache-2.0

import Shared

/// Lines of one source that are stored together.
struct LogBatch: Sendable {
    let source: OutputSource
    /// The lines as they stand in a segment; nil if they are lost.
    var bytes: LogBytes?
    /// The place before this one is free, for a mark.
    let firstSeq: Int64
    var lastSeq: Int64
    let firstTime: Int64
    var lastTime: Int64
    var lines = 0
    /// The worker that has printed the last line.
    var worker: WorkerID?
}

/// Lines of one source that are not stored. A mark stands in their place.
struct LostLines: Hashable, Sendable {
    var lines: Int
    /// The worker that has printed the last of the lost lines.
    var worker: WorkerID?
    var seq: Int64
    var time: Int64
    var reason: String

    init(_ batch: LogBatch, because reason: String) {
        lines = batch.lines
        worker = batch.worker
        seq = batch.lastSeq
        time = batch.lastTime
        self.reason = reason
    }

    /// One mark for these lines and the ones that were lost after them.
    mutating func join(_ later: LostLines) {
        let all = lines + later.lines
        self = later
        lines = all
    }

    /// The line that marks the place.
    func write(source: OutputSource, seq: Int64, to output: LogBytes) {
        var head = LineHead(worker: worker, source: source, stream: Self.stream)
        head.set(seq: seq, time: time)
        let text = "\(lines) \(lines == 1 ? "line is" : "lines are") missing here: \(reason)"
        Array(text.utf8).withUnsafeBytes { head.write($0, lost: lines, to: output) }
    }

    /// What stands in the place of a stream's name: the words are the agent's.
    static let stream = "agent"
}
