// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Supervision

extension ClusterOperations {
    /// Changes how many workers are wanted.
    func scale(_ request: ScaleRequest, for command: Command) async throws -> OperationInfo {
        // A number that is out of range is refused by the supervisor.
        await numbers?.ensure(workers: min(max(0, request.workers), 100_000))
        return try await supervisor.scale(to: request.workers, OperationRequest(command, force: request.force)).naming
    }
}
