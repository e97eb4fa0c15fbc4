// SPDX-License-Identifier: Apache-2.0

public import Shared

/// Gets what supervised workers write to their standard output and error.
public protocol WorkerOutputCollector: Sendable {
    /// A worker or the primary script is about to be started. Called on the primary's thread, so it must not wait.
    ///
    /// - Parameter worker: nil if it is the primary script.
    func collect(from worker: WorkerID?, _ source: OutputSource) -> any WorkerOutputSink

    /// All pipes that were ready have been read once. Called on the thread that reads.
    func turnDidEnd()
}

/// Gets what one worker writes. All calls come on one thread, which reads the output of all workers and does nothing else. A
/// worker that writes waits for it, so no call may wait.
public protocol WorkerOutputSink: AnyObject, Sendable {
    /// The worker, or a process that it has started, has written this. It may begin and end anywhere in a line.
    ///
    /// - Parameter bytes: valid during the call only.
    func didWrite(_ bytes: UnsafeRawBufferPointer, to stream: WorkerStream)

    /// The worker's process has ended, and what it had written was passed on before. Processes that it has left behind may
    /// write more.
    ///
    /// - Returns: what the exit report tells as ``ExitReport/logSeq``.
    func workerDidExit() -> Int64?

    /// This stream has ended.
    func didEnd(_ stream: WorkerStream)
}
