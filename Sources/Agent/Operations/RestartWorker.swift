// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Supervision

extension ClusterOperations {
    /// Replaces a supervised worker. The new one is ready before the old one leaves.
    func restart(_ id: WorkerID, _ request: RestartRequest, for command: Command) async throws -> OperationInfo {
        guard await primary.worker(id) != nil else {
            guard try await directory.gone(id) != nil else { throw ClusterError.workerNotFound(id) }
            throw ClusterError(
                .failedPrecondition, .workerExited, "worker \(id) has ended; its instance has another worker",
                metadata: ["workerId": "\(id)"])
        }
        await numbers?.ensure(workers: 1)
        return try await supervisor.restart(worker: id, OperationRequest(command, force: request.force)).naming
    }
}
