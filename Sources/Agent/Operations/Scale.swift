// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Supervision

extension ClusterOperations {
    /// Changes the number of workers that are kept running.
    func scale(_ request: ScaleRequest, for command: Command) async throws -> OperationInfo {
        // The supervisor refuses a number that is out of range.
        await numbers?.ensure(workers: min(max(0, request.workers), 100_000))
        return try await supervisor.scale(to: request.workers, OperationRequest(command, force: request.force)).naming
    }
}
