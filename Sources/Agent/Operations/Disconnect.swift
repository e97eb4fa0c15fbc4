// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Shared

extension ClusterOperations {
    /// Asks one worker to leave. If the worker is gone already, the answer is what is known of it.
    func disconnect(_ id: WorkerID, _ request: DisconnectRequest, for command: Command) async throws -> WorkerInfo {
        let deadline = try Deadline(timeoutMs: request.timeoutMs, clock: clock)
        let limit = try request.deadlineMs.map(Self.limit)
        let worker = try await unlessGone(id) { () async throws(ClusterError) in
            try await primary.disconnect(
                id, abrupt: request.abrupt ?? false, within: limit, requestID: command.cause)
        }
        return try await wait(for: worker, until: request.wait == true ? Self.milestone(limit) : nil, deadline)
    }

    /// Asks all workers to leave.
    func disconnectAll(_ request: DisconnectAllRequest, for command: Command) async throws -> [WorkerInfo] {
        let deadline = try Deadline(timeoutMs: request.timeoutMs, clock: clock)
        let limit = try request.deadlineMs.map(Self.limit)
        var workers = try await primary.disconnectAll(within: limit, requestID: command.cause)
        let ids = workers.map(\.id)
        command.targets.workers = ids
        if request.wait == true {
            let milestone = Self.milestone(limit)
            workers = try await deadline.run { try await primary.wait(for: ids, until: milestone) }
        }
        return await directory.shown(workers)
    }

    /// A deadline is about the process's end, so the caller waits for that.
    private static func milestone(_ limit: Duration?) -> WorkerMilestone {
        limit == nil ? .disconnected : .exited
    }

    /// - Throws: `INVALID_FIELD` if it is out of range.
    private static func limit(deadlineMs: Int) throws(ClusterError) -> Duration {
        let allowed = 1...86_400_000
        guard allowed.contains(deadlineMs) else {
            throw ClusterError(
                .invalidArgument, .invalidField,
                "field deadlineMs: it must be from \(allowed.lowerBound) to \(allowed.upperBound)",
                metadata: ["field": "deadlineMs"])
        }
        return .milliseconds(deadlineMs)
    }
}

extension ClusterOperations {
    /// If the worker is gone, no command is needed, and the answer is what is known of it.
    func unlessGone(
        _ id: WorkerID, _ command: () async throws(ClusterError) -> WorkerInfo
    ) async throws -> WorkerInfo {
        do {
            return await directory.shown([try await command()])[0]
        } catch  where error.reason == .workerNotFound {
            guard let worker = try await directory.gone(id) else { throw error }
            return worker
        }
    }

    /// The worker once it has reached the milestone.
    /// - Parameter milestone: nil for the worker as it is now.
    func wait(
        for worker: WorkerInfo, until milestone: WorkerMilestone?, _ deadline: Deadline
    ) async throws -> WorkerInfo {
        guard let milestone, !worker.has(reached: milestone) else { return worker }
        let workers = try await deadline.run { try await primary.wait(for: [worker.id], until: milestone) }
        return await directory.shown([workers.first ?? worker])[0]
    }
}

extension WorkerInfo {
    fileprivate func has(reached milestone: WorkerMilestone) -> Bool {
        switch milestone {
        case .online: onlineAt != nil
        case .listening: listeningAt != nil
        case .disconnected: disconnectedAt != nil
        case .exited: exitedAt != nil
        }
    }
}
