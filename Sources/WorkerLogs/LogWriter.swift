// SPDX-License-Identifier: Apache-2.0

import Glibc
import Shared

/// Writes batches into segments, and removes segments. Lives on the thread that writes.
struct LogWriter {
    private let directory: LogDirectory
    private let limits: LogLimits
    private let health: LogHealth
    private let onNotice: @Sendable (LogNotice) -> Void
    private(set) var catalog: SegmentCatalog
    /// Lines that could not be stored, and whose mark is not written yet.
    private var lost: [OutputSource: LostLines] = [:]
    private var open: [OutputSource: OpenSegment] = [:]
    private var uses: UInt64 = 0
    private let mark = LogBytes(capacity: 512)

    /// A segment that is open for writing. A class: a dictionary cannot hold what is not copyable.
    private final class OpenSegment {
        let firstSeq: Int64
        let file: LogFile
        var lastUse: UInt64 = 0

        init(firstSeq: Int64, _ file: consuming LogFile) {
            self.firstSeq = firstSeq
            self.file = file
        }
    }

    init(
        directory: LogDirectory, limits: LogLimits, catalog: SegmentCatalog, health: LogHealth,
        onNotice: @escaping @Sendable (LogNotice) -> Void
    ) {
        self.directory = directory
        self.limits = limits
        self.catalog = catalog
        self.health = health
        self.onNotice = onNotice
    }

    /// Whether there are marks that wait for the disk.
    var isFailing: Bool { !lost.isEmpty || health.failure != nil }

    mutating func write(_ batch: LogBatch) {
        guard let bytes = batch.bytes else { return }
        do throws(FileProblem) {
            try write(bytes.bytes, batch)
            health.didStore(batch.lines)
            if health.didWork() { onNotice(.resumed(lost: health.lost)) }
        } catch {
            health.didLose(batch.lines)
            didLose(LostLines(batch, because: "\(error)"), of: batch.source)
            didFail(error)
        }
        catalog.lastSeq = max(catalog.lastSeq, batch.lastSeq)
    }

    /// Lines of this source found no room in the queue.
    mutating func didLose(_ lines: LostLines, of source: OutputSource) {
        if lost[source] == nil { lost[source] = lines } else { lost[source]?.join(lines) }
        catalog.lastSeq = max(catalog.lastSeq, lines.seq)
    }

    private func didFail(_ problem: FileProblem) {
        let reason = "worker output cannot be stored: \(problem)"
        if health.didFail(reason) { onNotice(.failed(reason)) }
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer, _ batch: LogBatch) throws(FileProblem) {
        if let lines = lost[batch.source] {
            // The place before the batch is free for it.
            try writeMark(lines, seq: batch.firstSeq - 1, of: batch.source)
        }
        try append(bytes, batch)
    }

    /// Tries to write the marks that wait, even if nothing is printed. If that succeeds, the disk works again.
    mutating func retry() {
        guard isFailing else { return }
        do throws(FileProblem) {
            for (source, lines) in lost { try writeMark(lines, seq: lines.seq, of: source) }
            if health.didWork() { onNotice(.resumed(lost: health.lost)) }
        } catch {
            didFail(error)
        }
    }

    private mutating func writeMark(_ lines: LostLines, seq: Int64, of source: OutputSource) throws(FileProblem) {
        mark.removeAll()
        lines.write(source: source, seq: seq, to: mark)
        let batch = LogBatch(
            source: source, bytes: nil, firstSeq: seq, lastSeq: seq, firstTime: lines.time, lastTime: lines.time,
            worker: lines.worker)
        try append(mark.bytes, batch)
        lost[source] = nil
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer, _ batch: LogBatch) throws(FileProblem) {
        while let victim = catalog.victim(for: bytes.count) { try remove(victim) }
        let (segment, file) = try segment(for: batch, bytes.count)
        try file.file.write(bytes, at: segment.bytes)
        catalog.didWrite(bytes.count, lastSeq: batch.lastSeq, lastTime: batch.lastTime, source: batch.source)
    }

    // MARK: Segments

    private mutating func segment(for batch: LogBatch, _ count: Int) throws(FileProblem) -> (Segment, OpenSegment) {
        uses += 1
        if let segment = catalog.current(of: batch.source, for: batch, bytes: count) {
            if let file = open[batch.source], file.firstSeq == segment.firstSeq {
                file.lastUse = uses
                return (segment, file)
            }
            do throws(FileProblem) {
                let file = try LogFile.writing(
                    directory.path(of: segment), isNew: false, size: segment.bytes, adopt: directory.adopt)
                return (segment, keep(OpenSegment(firstSeq: segment.firstSeq, file), of: batch.source))
            } catch  where error.code == ENOENT {
                // Somebody has removed it.
                catalog.didRemove(segment)
            }
        }
        let segment = Segment(
            source: batch.source, firstSeq: batch.firstSeq, firstTime: batch.firstTime,
            // The new segment is still empty. If the write fails, the same lines, or their mark, are written to it next
            // time.
            lastSeq: batch.firstSeq - 1,
            lastTime: batch.firstTime, bytes: 0)
        try directory.create()
        let file = try LogFile.writing(
            directory.path(of: segment), isNew: true, size: 0, adopt: directory.adopt)
        catalog.didBegin(segment)
        return (segment, keep(OpenSegment(firstSeq: segment.firstSeq, file), of: batch.source))
    }

    private mutating func keep(_ segment: OpenSegment, of source: OutputSource) -> OpenSegment {
        if open.count >= LogLimits.openSegments, let oldest = open.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            open[oldest.key] = nil
        }
        segment.lastUse = uses
        open[source] = segment
        return segment
    }

    private mutating func remove(_ segment: Segment) throws(FileProblem) {
        try directory.remove(segment)
        if open[segment.source]?.firstSeq == segment.firstSeq { open[segment.source] = nil }
        catalog.didRemove(segment)
    }

    /// Removes what is too old, and notices what others have removed.
    mutating func tidy(at now: Int64) {
        for (source, segment) in open where !segment.file.isThere {
            open[source] = nil
            if let last = catalog.series[source]?.last, last.firstSeq == segment.firstSeq { catalog.didRemove(last) }
        }
        for segment in catalog.expired(at: now) {
            // Tried again the next time.
            try? remove(segment)
        }
    }
}

/// What the agent's log is to tell of what workers print.
package enum LogNotice: Sendable {
    /// Lines cannot be stored.
    case failed(String)
    /// They can be stored again; so many are lost since the start.
    case resumed(lost: Int)
}
