// SPDX-License-Identifier: Apache-2.0

import Shared

extension ClusterError {
    /// The failure of a wait for new workers, which goes on to say who they are: nobody else can tell the caller, and those
    /// that live on are the caller's to end.
    func naming(forked: [WorkerID], alive: [WorkerID]) -> ClusterError {
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
