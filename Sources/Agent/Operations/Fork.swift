// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Shared

extension ClusterOperations {
    /// Forks workers, and waits for the milestone that the request names.
    func fork(_ request: ForkRequest, for command: Command) async throws -> [WorkerInfo] {
        // A variable such as NODE_OPTIONS decides which code runs.
        if request.env?.isEmpty == false { try command.principal.require(.admin) }
        let count = try request.checkedCount()
        let deadline = try Deadline(timeoutMs: request.timeoutMs, clock: clock)
        await numbers?.require(workers: count)
        var workers = try await primary.fork(
            count: count, environment: request.env ?? [:], requestID: command.cause)
        let ids = workers.map(\.id)
        command.targets.workers = ids
        if let milestone = request.wait?.milestone {
            do {
                workers = try await deadline.run { try await primary.wait(for: ids, until: milestone) }
            } catch let error as ClusterError {
                throw error.naming(forked: ids, alive: await primary.workers.filter { !$0.dead }.map(\.id))
            }
        }
        return workers.map(\.namingItsEnd)
    }
}

extension ForkRequest {
    /// How many workers are asked for.
    /// - Throws: `INVALID_FIELD` if it is out of range.
    fileprivate func checkedCount() throws(ClusterError) -> Int {
        let count = count ?? 1
        guard (1...1000).contains(count) else {
            throw ClusterError(
                .invalidArgument, .invalidField, "field count: it must be from 1 to 1000",
                metadata: ["field": "count"])
        }
        return count
    }
}

extension ForkRequest.Milestone {
    fileprivate var milestone: WorkerMilestone {
        switch self {
        case .online: .online
        case .listening: .listening
        }
    }
}

extension ClusterError {
    /// The failed wait for new workers as an error that names them. The caller cannot learn their ids elsewhere, and
    /// must end those that live.
    fileprivate func naming(forked: [WorkerID], alive: [WorkerID]) -> ClusterError {
        let alive = forked.filter(alive.contains)
        let ids = forked.map(\.description).joined(separator: ",")
        let aliveIDs = alive.map(\.description).joined(separator: ",")
        let rest =
            alive.isEmpty
            ? "none of the forked workers (\(ids)) lives on"
            : "of the forked workers (\(ids)), these live on: \(aliveIDs)"
        return ClusterError(
            status, reason, "\(message); \(rest)",
            metadata: metadata.merging(["workerIds": ids, "aliveWorkerIds": aliveIDs]) { _, new in new }, cause: cause)
    }
}
