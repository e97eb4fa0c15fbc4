// SPDX-License-Identifier: Apache-2.0

public import Shared

/// What the supervisor wants done. Run the actions in order and report their results.
public enum SupervisorAction: Hashable, Sendable {
    /// Fork a worker. Reported by `didFork` or `didFailFork`.
    case fork(ForkTicket)
    /// Ask the worker to leave. The earlier steps of two ladders for one worker count. Its end is reported by
    /// `didExit`.
    case leave(WorkerID, DrainLadder, because: SupervisorCause)
    /// Send a heartbeat. Its answer is reported by `didAnswerHeartbeat` with this number.
    case heartbeat(WorkerID, number: Int)
    /// Call `didWake` at this moment, and no longer at the moment that was asked for before.
    case wake(at: ContinuousClock.Instant)
    /// Tell the history and the watchers.
    case report(SupervisorEvent)
    /// This operation has its verdict. Tell those who wait for it, and keep it for later questions.
    indirect case settle(OperationInfo)
    /// A reload has shown what this revision is worth. A good one is what workers are forked from now on; store it.
    case judge(RevisionID, RevisionVerdict)
    /// All instances have given up, and the policy says that this ends the agent (exit code 70).
    case exit
}

/// The result of a reload for its revision.
public enum RevisionVerdict: String, Hashable, Codable, Sendable {
    case good
    /// A worker of it failed.
    case bad
}
