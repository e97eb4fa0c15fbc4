// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// Routes for the primary as a whole: its state, its settings, and disconnecting all workers.
struct ClusterRoutes: Sendable {
    let operations: ClusterOperations
    let fleet: FleetOperations
    let runner: CommandRunner

    func add(to router: Router<AgentRequestContext>) {
        let primary = operations.primary
        router.on(.getCluster) { _ in
            let overview = await operations.supervisor.overview
            return try .json(ClusterReply(overview.cluster, overview.supervision, fleet: fleet.standing))
        }
        router.on(.getSettings) { _ in try .json(await primary.settings) }
        router.on(.setupPrimary, by: runner, use: setupPrimary)
        router.on(.setupMaster, by: runner, use: setupPrimary)
        router.on(.disconnectAll, by: runner, use: disconnectAll)
    }

    private func setupPrimary(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let patch = try await call.body(SettingsPatch.self)
        return try .json(await operations.setupPrimary(patch, for: command))
    }

    private func disconnectAll(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let body = try await call.body(DisconnectAllRequest.self)
        return try .json(WorkersReply(workers: await operations.disconnectAll(body, for: command)))
    }
}
