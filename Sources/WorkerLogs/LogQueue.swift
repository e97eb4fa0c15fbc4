// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Shared
import Synchronization

/// What waits for the disk. Nobody who puts something in ever waits.
///
/// What waits is bounded, and each source may take half of what is free. So a flood always leaves room for the others.
final class LogQueue: Sendable {
    enum Item: Sendable {
        case batch(LogBatch)
        case lost(LostLines, source: OutputSource)
    }

    private struct State {
        var items: [Item] = []
        /// What waits, and what the writer has taken and not written yet.
        var bytes = 0
        var bytesOfSource: [OutputSource: Int] = [:]
        /// Where the newest lost lines of a source stand. Lines that are lost after them are counted there too.
        var lostPlaces: [OutputSource: Int] = [:]
        var spare: [LogBytes] = []
        var isFinished = false
        var lost = 0
    }

    /// Buffers that are kept to be used again.
    private static let mostSpare = 32
    /// The size of those that are kept. Smaller ones were made to fit what waits, and larger ones are given back.
    private static let spareSizes = (128 << 10)...(1 << 20)
    /// What a batch takes in addition to its bytes.
    private static let overhead = 256

    private let capacity: Int
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)

    init(capacity: Int = LogLimits.queueBytes) {
        self.capacity = capacity
    }

    /// Lines that found no room, since the start.
    var lost: Int { state.withLock { $0.lost } }

    /// Bytes to write into.
    func buffer() -> LogBytes {
        state.withLock { $0.spare.popLast() } ?? LogBytes()
    }

    /// Takes what was read in one turn, in order. What finds no room is lost.
    func offer(_ batches: [LogBatch]) {
        let wakes = state.withLock { state in
            let wasEmpty = state.items.isEmpty
            for batch in batches { offer(batch, &state) }
            return wasEmpty
        }
        if wakes { work.signal() }
    }

    private func offer(_ batch: LogBatch, _ state: inout State) {
        guard let bytes = batch.bytes else { return }
        let cost = bytes.count + Self.overhead
        let own = state.bytesOfSource[batch.source, default: 0] + cost
        guard !state.isFinished, own <= (capacity - state.bytes) / 2 else {
            state.lost += batch.lines
            let lost = LostLines(batch, because: "the disk is too slow")
            keep(bytes, &state)
            if let place = state.lostPlaces[batch.source], case .lost(var before, let source) = state.items[place] {
                before.join(lost)
                state.items[place] = .lost(before, source: source)
            } else {
                state.lostPlaces[batch.source] = state.items.count
                state.items.append(.lost(lost, source: batch.source))
            }
            return
        }
        state.bytes += cost
        state.bytesOfSource[batch.source] = own
        state.lostPlaces[batch.source] = nil
        var batch = batch
        if !state.items.isEmpty {
            // It may wait for long, so it takes no more memory than it has bytes.
            let fitting = LogBytes(capacity: max(1, bytes.count))
            fitting.append(bytes.bytes)
            keep(bytes, &state)
            batch.bytes = fitting
        }
        state.items.append(.batch(batch))
    }

    /// Waits for something to write, and takes all of it.
    ///
    /// - Returns: empty if nothing came in time; nil at the end.
    func take(within seconds: Double) -> [Item]? {
        _ = work.wait(timeout: .now() + seconds)
        return state.withLock { state in
            if state.items.isEmpty, state.isFinished { return nil }
            defer { (state.items, state.lostPlaces) = ([], [:]) }
            return state.items
        }
    }

    /// The writer has done with a batch.
    func didWrite(_ batch: LogBatch) {
        guard let bytes = batch.bytes else { return }
        state.withLock { state in
            let cost = bytes.count + Self.overhead
            state.bytes -= cost
            let left = state.bytesOfSource[batch.source, default: 0] - cost
            state.bytesOfSource[batch.source] = left > 0 ? left : nil
            keep(bytes, &state)
        }
    }

    private func keep(_ bytes: LogBytes, _ state: inout State) {
        guard state.spare.count < Self.mostSpare, Self.spareSizes.contains(bytes.capacity) else { return }
        bytes.removeAll()
        state.spare.append(bytes)
    }

    /// Nothing more comes.
    func finish() {
        state.withLock { $0.isFinished = true }
        work.signal()
    }
}
