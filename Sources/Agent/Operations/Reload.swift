// SPDX-License-Identifier: Apache-2.0

import Contract
import Shared
import Supervision

extension ClusterOperations {
    /// Replaces all supervised workers, new ones first.
    func reload(_ request: ReloadRequest, for command: Command) async throws -> OperationInfo {
        // These settings decide which code runs.
        if request.settings != nil {
            try command.principal.require(.admin)
            await numbers?.require(revisions: 1)
        }
        await numbers?.ensure(workers: await supervisor.status.desired)
        return try await supervisor.reload(
            with: request.settings, OperationRequest(command, force: request.force), adjust: request.adjust
        ).naming
    }
}

extension ReloadRequest {
    @Sendable fileprivate func adjust(_ plan: inout ReloadPlan) {
        plan.maxSurge = maxSurge ?? plan.maxSurge
        plan.maxUnavailable = maxUnavailable ?? plan.maxUnavailable
        plan.readyTimeoutMs = readyTimeoutMs
        plan.minReadyMs = minReadyMs
        plan.drainTimeoutMs = drainTimeoutMs
    }
}
