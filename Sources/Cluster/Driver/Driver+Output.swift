// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Shared
import Synchronization

// What workers write is read on a thread of its own. The end of a worker is told after its last words.
extension Driver {
    /// What reads the output of a worker that is about to start; nil if nobody wants it.
    func taps(_ id: WorkerID, _ instance: Int) throws(IOError) -> OutputTaps? {
        guard let collector else { return nil }
        return OutputTaps(
            thread: try requireOutputThread(collector), sink: collector.collect(from: id, instance: instance))
    }

    private func requireOutputThread(_ collector: any WorkerOutputCollector) throws(IOError) -> PipeThread {
        if let outputThread { return outputThread }
        let thread = try PipeThread { collector.turnDidEnd() }
        outputThread = thread
        return thread
    }

    /// A worker's process has ended. If its output is read elsewhere, the rest of that is read first. This thread does not
    /// wait for it, because others need it.
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

    /// Ends the reading. This thread has nothing else to do any more, so it waits, but no longer than for the workers' ends.
    ///
    /// - Returns: what the workers have left whose process has ended.
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

/// Something of the loop's that goes over another thread and back.
// Unchecked: the value is asked for on the loop's thread alone.
private final class LoopBound<Value: AnyObject>: @unchecked Sendable {
    weak var value: Value?

    init(_ value: Value) {
        self.value = value
    }
}
