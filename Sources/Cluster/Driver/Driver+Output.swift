// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared
import Synchronization

// A thread of its own reads what workers write. The end of a worker is reported after its last words.
extension Driver {
    /// What reads the output of a worker, or of the primary script, that is about to start; nil if nobody wants it.
    func taps(_ id: WorkerID?, _ source: OutputSource) throws(IOError) -> OutputTaps? {
        guard let collector else { return nil }
        return OutputTaps(
            thread: try requireOutputThread(collector), sink: collector.collect(from: id, source))
    }

    private func requireOutputThread(_ collector: any WorkerOutputCollector) throws(IOError) -> PipeThread {
        if let outputThread { return outputThread }
        let thread = try PipeThread { collector.turnDidEnd() }
        outputThread = thread
        return thread
    }

    /// A worker's process has ended. If another thread reads its output, that thread first reads the rest. This thread
    /// does not wait for it, because others need it.
    func didExit(_ id: WorkerID, _ exit: ProcessExit) {
        guard let taps = ports[id]?.taps else {
            return didExit(id, exit, OutputTaps.Remains(stderr: ports[id]?.lastErrors()))
        }
        exits[id] = exit
        let driver = LoopBound(self)
        taps.finish { [loop] remains in
            loop.submit {
                guard let driver = driver.value, let exit = driver.exits.removeValue(forKey: id) else { return }
                driver.didExit(id, exit, remains)
            }
        }
    }

    /// Ends the reading. This thread has nothing else to do any more, so it waits, but not longer than for the ends of
    /// the workers.
    ///
    /// - Returns: what the workers whose process has ended have left.
    func endOutput(until deadline: ContinuousClock.Instant) -> [WorkerID: OutputTaps.Remains] {
        let all = GatheredRemains()
        for id in exits.keys {
            guard let taps = ports[id]?.taps else {
                all.add(OutputTaps.Remains(stderr: ports[id]?.lastErrors()), of: id)
                continue
            }
            taps.finish { all.add($0, of: id) }
        }
        outputThread?.stop(until: deadline)
        outputThread = nil
        return all.values
    }
}

/// What several workers have left, put together by the thread that reads their output.
private final class GatheredRemains: Sendable {
    private let state = Mutex<[WorkerID: OutputTaps.Remains]>([:])

    var values: [WorkerID: OutputTaps.Remains] { state.withLock { $0 } }

    func add(_ remains: OutputTaps.Remains, of id: WorkerID) {
        state.withLock { $0[id] = remains }
    }
}
