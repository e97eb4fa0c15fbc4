// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Shared

/// How the agent's own output gets what workers print.
package enum LogForward: String, CaseIterable, Sendable {
    /// The lines as they are.
    case raw
    /// As they are stored.
    case json
    /// Not at all.
    case none
}

/// Makes lines of what workers print and gives them their places. Lives on the thread that reads, and never waits.
// Unchecked: only the thread that reads calls it, but for `init`.
final class LogIntake: @unchecked Sendable {
    /// Gets whole lines for the agent's own output.
    typealias Outlet = @Sendable (_ stream: WorkerStream, _ bytes: [UInt8], _ lines: Int) -> Void

    private let queue: LogQueue
    let forward: LogForward
    let outlet: Outlet
    private var clock: LineClock
    private let now: @Sendable () -> Int64
    /// What was read in this turn.
    private var batches: [LogBatch] = []
    /// Which of them each source is in.
    private var places: [OutputSource: Int] = [:]

    /// - Parameters:
    ///   - lastSeq: the last place that is in use.
    ///   - now: microseconds since 1970.
    init(
        queue: LogQueue, after lastSeq: Int64, forward: LogForward, now: @escaping @Sendable () -> Int64,
        outlet: @escaping Outlet
    ) {
        self.queue = queue
        self.forward = forward
        self.now = now
        self.outlet = outlet
        clock = LineClock(after: lastSeq)
    }

    static let microseconds: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    /// Lines of one stream, while they are taken.
    private struct Passage {
        let place: Int
        let output: LogBytes
        let start: Int
        let first: Int64
        let time: Int64
        var head: LineHead
        var count = 0
        /// The lines as they are, if they are passed on so.
        var raw: [UInt8]?

        mutating func add(_ line: UnsafeRawBufferPointer, isPartial: Bool) {
            if count > 0 { head.advance() }
            head.write(line, isPartial: isPartial, to: output)
            count += 1
            raw?.append(contentsOf: line)
            raw?.append(UInt8(ascii: "\n"))
        }
    }

    private var passage: Passage?

    /// Begins to take lines of one stream.
    ///
    /// - Parameter head: of the stream.
    func begin(_ worker: WorkerID?, _ source: OutputSource, _ head: LineHead) {
        let moment = clock.moment(now())
        if moment.isSetBack { turnDidEnd() }
        let place = batch(of: source, worker, moment)
        guard let output = batches[place].bytes else { return }
        batches[place].worker = worker
        // One place is left free before a batch.
        let first = max(moment.seq + 1, batches[place].firstSeq)
        var head = head
        head.set(seq: first, time: moment.time)
        passage = Passage(
            place: place, output: output, start: output.count, first: first, time: moment.time, head: head,
            raw: forward == .raw ? [] : nil)
    }

    func add(_ line: UnsafeRawBufferPointer, isPartial: Bool) {
        passage?.add(line, isPartial: isPartial)
    }

    /// - Returns: the place of the last line, nil if there was none; and the head.
    func end(_ stream: WorkerStream) -> (last: Int64?, head: LineHead)? {
        guard let passage else { return nil }
        self.passage = nil
        guard passage.count > 0 else { return (nil, passage.head) }
        let last = passage.first + Int64(passage.count) - 1
        clock.didUse(through: last)
        batches[passage.place].lastSeq = last
        batches[passage.place].lastTime = passage.time
        batches[passage.place].lines += passage.count
        switch forward {
        case .raw: outlet(stream, passage.raw ?? [], passage.count)
        case .json: outlet(stream, Array(passage.output.bytes[passage.start...]), passage.count)
        case .none: break
        }
        return (last, passage.head)
    }

    private func batch(of source: OutputSource, _ worker: WorkerID?, _ moment: LineClock.Moment) -> Int {
        if let place = places[source] { return place }
        batches.append(
            LogBatch(
                source: source, bytes: queue.buffer(), firstSeq: moment.seq + 1, lastSeq: moment.seq,
                firstTime: moment.time, lastTime: moment.time, worker: worker))
        places[source] = batches.count - 1
        return batches.count - 1
    }

    /// Gives what was read to the writer.
    func turnDidEnd() {
        let full = batches.filter { $0.lines > 0 }
        batches.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        if !full.isEmpty { queue.offer(full) }
    }
}

/// Takes what one worker prints.
// Unchecked: only the thread that reads calls it, but for `init`.
package final class WorkerLog: @unchecked Sendable {
    private let intake: LogIntake
    private let worker: WorkerID?
    private let source: OutputSource
    private var streams: [WorkerStream: Stream] = [:]
    private var lastSeq: Int64?

    private struct Stream {
        var cutter = LineCutter()
        var head: LineHead
    }

    init(_ intake: LogIntake, worker: WorkerID?, source: OutputSource) {
        self.intake = intake
        self.worker = worker
        self.source = source
    }

    /// Takes bytes that may begin and end anywhere in a line.
    package func didWrite(_ bytes: UnsafeRawBufferPointer, to stream: WorkerStream) {
        take(stream) { cutter, intake in cutter.cut(bytes) { intake.add($0, isPartial: $1) } }
    }

    /// The worker has ended. A last line without its end is stored.
    ///
    /// - Returns: the place of its last line.
    package func didExit() -> Int64? {
        for stream in WorkerStream.allCases { didEnd(stream) }
        intake.turnDidEnd()
        return lastSeq
    }

    /// Nothing more comes for now that would belong to the last line.
    package func didEnd(_ stream: WorkerStream) {
        take(stream) { cutter, intake in cutter.finish { intake.add($0, isPartial: $1) } }
    }

    private func take(_ stream: WorkerStream, _ cut: (inout LineCutter, LogIntake) -> Void) {
        var state =
            streams.removeValue(forKey: stream)
            ?? Stream(head: LineHead(worker: worker, source: source, stream: stream.rawValue))
        intake.begin(worker, source, state.head)
        cut(&state.cutter, intake)
        if let (last, head) = intake.end(stream) {
            lastSeq = last ?? lastSeq
            state.head = head
        }
        streams[stream] = state
    }
}
