// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// The primary as a whole: its state, its settings, and letting all workers go.
struct ClusterRoutes: Sendable {
    let operations: ClusterOperations
    let runner: CommandRunner

    func add(to router: Router<AgentRequestContext>) {
        let primary = operations.primary
        router.on(.getCluster) { request, _ in
            _ = try QueryParameters(request)
            return try .json(ClusterReply(await primary.status))
        }
        router.on(.getSettings) { request, _ in
            _ = try QueryParameters(request)
            return try .json(await primary.settings)
        }
        router.on(.setupPrimary, .setupPrimary, by: runner, use: setupPrimary)
        router.on(.setupMaster, .setupPrimary, by: runner, use: setupPrimary)
        router.on(.disconnectAll, .disconnectAll, by: runner, use: disconnectAll)
    }

    private func setupPrimary(
        _ request: Request, _ context: AgentRequestContext, _ command: Command
    ) async throws -> CommandAnswer {
        _ = try QueryParameters(request)
        let patch = try await BodyReader.decode(SettingsPatch.self, from: request, context: context)
        return try .json(await operations.setupPrimary(patch, for: command))
    }

    private func disconnectAll(
        _ request: Request, _ context: AgentRequestContext, _ command: Command
    ) async throws -> CommandAnswer {
        let wait = try QueryParameters(request, known: ["wait"]).flag("wait")
        let body = try await BodyReader.decode(DisconnectAllRequest.self, from: request, context: context)
        return try .json(WorkersReply(workers: await operations.disconnectAll(body, wait: wait, for: command)))
    }
}
