// SPDX-License-Identifier: Apache-2.0

import LinuxIO
public import Shared

/// Workers of a primary that was killed, where nothing was left that would end them.
public enum OrphanedWorkers {
    /// What a worker takes that ends by itself: its channel has been closed.
    private static let patience: Int32 = 500
    /// The kernel may take its time to end one that is killed.
    private static let killed: Int32 = 2000
    /// Between the fork and the process's start, in milliseconds; the clock may have been set a little.
    private static let startDelay: ClosedRange<Int64> = -1000...10_000

    /// Ends those that still run, and what they have left behind in their sessions. It blocks, for seconds if there are any. A
    /// process that has got a worker's number is left alone: it began at another time, and with other variables.
    ///
    /// - Parameter workers: as they were when their primary was killed.
    /// - Returns: those that had to be killed.
    public static func end(_ workers: [WorkerInfo]) -> [WorkerID] {
        workers.filter { worker in
            guard let process = find(worker), !process.hasEnded(within: patience) else { return endRest(of: worker) }
            process.kill()
            _ = process.hasEnded(within: killed)
            return true
        }.map(\.id)
    }

    /// - Returns: whether the worker has ended and others of its session had to be killed. They have its variables too.
    private static func endRest(of worker: WorkerInfo) -> Bool {
        guard let pid = worker.pid, StrayProcess(pid: pid) == nil else { return false }
        let others = StrayProcess.members(ofSession: pid).filter { isOf(worker, $0) }
        for process in others { process.kill() }
        for process in others { _ = process.hasEnded(within: killed) }
        return !others.isEmpty
    }

    private static func isOf(_ worker: WorkerInfo, _ process: StrayProcess) -> Bool {
        process.hasEnvironment(WorkerLauncher.idVariable, "\(worker.id)")
            && (process.startedAt ?? 0) - worker.forkedAt.milliseconds >= startDelay.lowerBound
    }

    private static func find(_ worker: WorkerInfo) -> StrayProcess? {
        guard let pid = worker.pid, let process = StrayProcess(pid: pid), let start = process.startedAt,
            startDelay.contains(start - worker.forkedAt.milliseconds),
            process.hasEnvironment(WorkerLauncher.idVariable, "\(worker.nodeId)")
                // One that was started with its sockets and without a channel.
                || process.hasEnvironment(SpawnRequest.listenPID, "\(pid)")
        else { return nil }
        return process
    }
}
