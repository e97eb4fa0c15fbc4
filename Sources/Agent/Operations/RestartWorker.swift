// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Supervision

extension ClusterOperations {
    /// Replaces a supervised worker. The new one is ready before the old one leaves.
    func restart(_ id: WorkerID, _ request: RestartRequest, for command: Command) async throws -> OperationInfo {
        guard await primary.worker(id) != nil else {
            guard let worker = try await directory.gone(id) else { throw ClusterError.workerNotFound(id) }
            let instance = await supervisor.instances.first { $0.instance == worker.instance }
            let rest = instance.map { "; its instance \($0.stateAfterExit)" } ?? ""
            throw ClusterError(
                .failedPrecondition, .workerExited, "worker \(id) has ended\(rest)", metadata: ["workerId": "\(id)"])
        }
        await numbers?.ensure(workers: 1)
        return try await supervisor.restart(worker: id, OperationRequest(command, force: request.force)).naming
    }
}

extension InstanceInfo {
    /// The state of the instance after its worker has ended.
    fileprivate var stateAfterExit: String {
        switch state {
        case .gaveUp: "has given up; a reload or a scale lets it try again"
        case .backingOff: "has none until its next try"
        case .starting, .ready, .replacing, .draining: workerId.map { "has worker \($0) now" } ?? "gets another one"
        }
    }
}
