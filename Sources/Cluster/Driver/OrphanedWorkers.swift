// SPDX-License-Identifier: Apache-2.0

import Glibc
import LinuxIO
public import Shared

/// Workers of a primary that was killed, if nothing was left that would end them.
public enum OrphanedWorkers {
    /// How long a worker may take to end by itself, now that its channel is closed.
    private static let patience: Int32 = 500
    /// The kernel may take its time to end one that is killed.
    private static let killingTime: Int32 = 2000
    /// Between the fork and the process's start, in milliseconds; the clock may have been set a little.
    private static let startDelay: ClosedRange<Int64> = -1000...10_000

    /// Ends the workers that still run, and the rest of their sessions. It blocks for at most a few seconds. A process
    /// that has got a worker's number is left alone: it has another start time and other variables. So is a worker whose
    /// primary lives: a copy of its history tells of the same workers.
    ///
    /// - Parameter workers: as they were when their primary was killed.
    /// - Returns: the workers that had to be killed.
    public static func end(_ workers: [WorkerInfo]) -> [WorkerID] {
        // Whatever began later may be this process's own.
        let ownStart = StrayProcess(pid: getpid())?.startedAt ?? .max
        let living = workers.compactMap { worker in
            find(worker, before: ownStart).map { (id: worker.id, processes: [$0]) }
        }
        let stubborn = wait(for: living, within: patience)
        // Their leaders have ended, some of them just now.
        let leaderless = workers.filter { worker in !stubborn.contains { $0.id == worker.id } }
            .map { (id: $0.id, processes: rest(of: $0, before: ownStart)) }
            .filter { !$0.processes.isEmpty }
        let killed = stubborn + leaderless
        for process in killed.flatMap(\.processes) { process.kill() }
        _ = wait(for: killed, within: killingTime)
        return killed.map(\.id).sorted()
    }

    private typealias Remains = (id: WorkerID, processes: [StrayProcess])

    /// - Returns: those that are still there after `milliseconds`, which all of them share.
    private static func wait(for remains: [Remains], within milliseconds: Int32) -> [Remains] {
        let deadline = ContinuousClock.now + .milliseconds(Int64(milliseconds))
        return remains.filter { entry in
            let left = max(.zero, ContinuousClock.now.duration(to: deadline))
            return !entry.processes.allSatisfy { $0.hasEnded(within: Int32(left / .milliseconds(1))) }
        }
    }

    /// Other processes of its session, if the worker itself has ended. They have its variables too.
    private static func rest(of worker: WorkerInfo, before end: Int64) -> [StrayProcess] {
        // One that nobody reaps has ended, and still has its number.
        guard let pid = worker.pid, StrayProcess(pid: pid)?.hasEnded(within: 0) ?? true else { return [] }
        return StrayProcess.members(ofSession: pid).filter { isOf(worker, $0, before: end) }
    }

    private static func isOf(_ worker: WorkerInfo, _ process: StrayProcess, before end: Int64) -> Bool {
        guard let start = process.startedAt, start < end else { return false }
        return start - worker.forkedAt.milliseconds >= startDelay.lowerBound && hasVariables(of: worker, process)
    }

    /// The variables that the worker was started with. A worker with inherited sockets may have no channel, and so no
    /// id.
    private static func hasVariables(of worker: WorkerInfo, _ process: StrayProcess) -> Bool {
        process.hasEnvironment(WorkerLauncher.idVariable, "\(worker.nodeId)")
            || worker.pid.map { process.hasEnvironment(SpawnRequest.listenPID, "\($0)") } ?? false
    }

    private static func find(_ worker: WorkerInfo, before end: Int64) -> StrayProcess? {
        guard let pid = worker.pid, let process = StrayProcess(pid: pid), let start = process.startedAt, start < end,
            startDelay.contains(start - worker.forkedAt.milliseconds), hasVariables(of: worker, process),
            !hasLivingPrimary(process)
        else { return nil }
        return process
    }

    /// Whether another process of this program is its parent. One that this process comes from may be there only because it
    /// adopts orphans.
    private static func hasLivingPrimary(_ process: StrayProcess) -> Bool {
        guard let parent = process.parent else { return false }
        return StrayProcess.runsThisProgram(parent) && !StrayProcess.isAncestor(parent)
    }
}
