// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPTypes
import Hummingbird
import Shared

/// The primary as a whole: its state, its settings, and letting all workers go.
struct ClusterRoutes: Sendable {
    let primary: any ClusterPrimary
    let directory: WorkerDirectory
    var numbers: NumberReserve?
    let clock: any Clock<Duration>

    func add(to router: Router<AgentRequestContext>) {
        router.on(.getCluster) { request, _ in
            _ = try QueryParameters(request)
            return try .json(await primary.status)
        }
        router.on(.getSettings) { request, _ in
            _ = try QueryParameters(request)
            return try .json(await primary.settings)
        }
        router.on(.setupPrimary, use: setupPrimary)
        router.on(.setupMaster, use: setupPrimary)
        router.on(.disconnectAll, use: disconnectAll)
    }

    private func setupPrimary(_ request: Request, _ context: AgentRequestContext) async throws -> Response {
        _ = try QueryParameters(request)
        let patch = try await BodyReader.decode(SettingsPatch.self, from: request, context: context)
        await numbers?.require(revisions: 1)
        return try .json(await primary.setupPrimary(patch, requestID: context.origin))
    }

    private func disconnectAll(_ request: Request, _ context: AgentRequestContext) async throws -> Response {
        let wait = try QueryParameters(request, known: ["wait"]).flag("wait")
        let body = try await BodyReader.decode(DisconnectAllRequest.self, from: request, context: context)
        let deadline = try Deadline(timeoutMs: body.timeoutMs, clock: clock)
        let limit = try body.deadlineMs.map(DisconnectRequest.limit)
        var workers = try await primary.disconnectAll(within: limit, requestID: context.origin)
        let ids = workers.map(\.id)
        context.notes.workers = ids
        if wait {
            let milestone: WorkerMilestone = limit == nil ? .disconnected : .exited
            workers = try await deadline.run { try await primary.wait(for: ids, until: milestone) }
        }
        return try .json(WorkersReply(workers: workers.map(directory.completed)))
    }
}
