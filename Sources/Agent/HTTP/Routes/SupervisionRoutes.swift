// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// Routes for the number of workers, the rules of their replacement, and operations.
struct SupervisionRoutes: Sendable {
    let operations: ClusterOperations
    let runner: CommandRunner

    func add(to router: Router<AgentRequestContext>) {
        router.on(.scale, by: runner, use: scale)
        router.on(.restartWorker, by: runner, use: restart)
        router.on(.reload, by: runner, use: reload)
        router.on(.supervise, by: runner, use: supervise)
        router.on(.cancelOperation, by: runner, use: cancel)
        router.on(.getSupervision) { _ in try .json(await operations.supervision()) }
        router.on(.listInstances) { _ in
            try .json(InstancesReply(instances: await operations.supervisor.instances))
        }
        router.on(.listOperations) { _ in try .json(OperationsReply(operations: await operations.archive.list())) }
        router.on(.getOperation) { call in try .json(await operations.operation(try call.operationID)) }
        router.on(.waitOperation, use: wait)
    }

    private func scale(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let body = try await call.body(ScaleRequest.self)
        return try .json(await operations.scale(body, for: command))
    }

    private func restart(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let id = try call.workerID
        command.targets.workers = [id]
        let body = try await call.body(RestartRequest.self)
        return try .json(await operations.restart(id, body, for: command))
    }

    private func reload(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let body = try await call.body(ReloadRequest.self)
        return try .json(await operations.reload(body, for: command))
    }

    private func supervise(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let body = try await call.body(SupervisionPatch.self)
        return try .json(await operations.supervise(body))
    }

    private func cancel(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let id = try call.operationID
        _ = try await call.body(CancelRequest.self)
        return try .json(await operations.cancel(id, for: command))
    }

    private func wait(_ call: Call) async throws -> Response {
        let id = try call.operationID
        return try .json(await operations.wait(for: id, try await call.body(WaitRequest.self)))
    }
}
