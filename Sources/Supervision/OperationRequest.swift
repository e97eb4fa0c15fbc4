// SPDX-License-Identifier: Apache-2.0

public import Shared

/// What every command has that begins an operation.
public struct OperationRequest: Hashable, Sendable {
    /// Chosen by the caller, and never used again.
    public let id: OperationID
    /// The command, opaque to the supervisor. It stands as `requestId` in what the operation causes.
    public let origin: String?
    /// What to do with an operation that is under way.
    public let conflict: Conflict

    /// What happens to an operation that is under way already.
    public enum Conflict: Hashable, Sendable {
        /// The command is refused (`OPERATION_UNDER_WAY`).
        case refuse
        /// The other operation is cancelled: `force`.
        case cancelOther
    }

    /// - Parameter origin: the command; nil if nobody gave one.
    public init(id: OperationID, origin: String? = nil, conflict: Conflict = .refuse) {
        self.id = id
        self.origin = origin
        self.conflict = conflict
    }
}

/// How all workers are to be replaced: the body of `:reload`, with its settings resolved.
public struct ReloadPlan: Hashable, Sendable {
    /// What the new workers are forked from.
    public var revision: Revision
    /// How many workers there may be beyond the desired number.
    public var maxSurge: RolloutShare = .count(1)
    /// How many fewer workers may be ready than the desired number.
    public var maxUnavailable: RolloutShare = .count(0)
    /// By when a new worker must be ready. Nil, here and below: as in the policy.
    public var readyTimeoutMs: Int?
    /// How long a new worker must stay ready to count as good.
    public var minReadyMs: Int?
    /// How long an old worker may take to end after its disconnect, until SIGTERM.
    public var drainTimeoutMs: Int?
    /// How many forked workers there are, which the reload leaves alone.
    public var unsupervised = 0

    /// Why the last reload to the same release failed. That release is not accepted again unless a worker proves that
    /// it is good. Nil: none has failed.
    public var rejection: WorkerFailure?

    /// One worker at a time, the new one first.
    public init(to revision: Revision) {
        self.revision = revision
    }

    /// - Throws: `INVALID_FIELD` with the field, if no worker could ever be replaced.
    func resolve(instances: Int) throws(ClusterError) -> (surge: Int, unavailable: Int) {
        for (field, share) in [("maxSurge", maxSurge), ("maxUnavailable", maxUnavailable)] where !share.isInRange {
            throw Self.invalid(field, "must be 0 to \(RolloutShare.maxCount), or 0% to 100%")
        }
        let surge = maxSurge.roundedUp(of: instances)
        let unavailable = maxUnavailable.roundedDown(of: instances)
        if surge == 0, unavailable == 0, instances > 0 || maxUnavailable == .count(0) || maxUnavailable == .percent(0) {
            throw Self.invalid(
                "maxUnavailable",
                "must be at least 1 worker if maxSurge is 0, because an old worker goes first; \(maxUnavailable) of \(instances) is 0"
            )
        }
        return (surge, unavailable)
    }

    private static func invalid(_ field: String, _ problem: String) -> ClusterError {
        ClusterError(.invalidArgument, .invalidField, "\(field) \(problem)", metadata: ["field": field])
    }
}
