// SPDX-License-Identifier: Apache-2.0

import Shared

extension WorkerMilestone {
    /// Nil if the worker is still on its way; an error if it will never come this far.
    func outcome(for worker: WorkerInfo) -> Result<WorkerInfo, ClusterError>? {
        switch self {
        case .online: reached(worker.onlineAt != nil, worker)
        case .listening: reached(worker.listeningAt != nil, worker)
        case .disconnected: worker.connected ? nil : .success(worker)
        case .exited: worker.dead ? .success(worker) : nil
        }
    }

    private func reached(_ isReached: Bool, _ worker: WorkerInfo) -> Result<WorkerInfo, ClusterError>? {
        if isReached { return .success(worker) }
        if worker.connected { return nil }
        // A worker whose channel is closed usually ends, and people want to know how. One that was told to disconnect
        // may live on.
        guard worker.dead || worker.exitedAfterDisconnect == true else { return nil }
        let end = worker.exit?.inWords ?? "it disconnected"
        return .failure(
            ClusterError(
                .failedPrecondition, .workerExited,
                "worker \(worker.id) ended before it was \(rawValue) (\(end))",
                metadata: ["workerId": "\(worker.id)", "milestone": rawValue, "end": end]))
    }
}
