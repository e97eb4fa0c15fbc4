// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// What acts on workers.
struct CommandRoutes: Sendable {
    let operations: ClusterOperations
    let runner: CommandRunner

    func add(to router: Router<AgentRequestContext>) {
        router.on(.fork, .fork, by: runner, use: fork)
        router.on(.disconnectWorker, .disconnectWorker, by: runner, use: disconnect)
        router.on(.killWorker, .killWorker, by: runner, use: kill)
        router.on(.sendMessage, .sendMessage, by: runner, use: send)
    }

    private func fork(
        _ request: Request, _ context: AgentRequestContext, _ command: Command
    ) async throws -> CommandAnswer {
        _ = try QueryParameters(request)
        let body = try await BodyReader.decode(ForkRequest.self, from: request, context: context)
        return try .json(WorkersReply(workers: await operations.fork(body, for: command)), status: .created)
    }

    private func disconnect(
        _ request: Request, _ context: AgentRequestContext, _ command: Command
    ) async throws -> CommandAnswer {
        let id = try target(of: command, request, context)
        let body = try await BodyReader.decode(DisconnectRequest.self, from: request, context: context)
        return try .json(await operations.disconnect(id, body, for: command))
    }

    private func kill(
        _ request: Request, _ context: AgentRequestContext, _ command: Command
    ) async throws -> CommandAnswer {
        let id = try target(of: command, request, context)
        let body = try await BodyReader.decode(KillRequest.self, from: request, context: context)
        return try .json(await operations.kill(id, body, for: command))
    }

    private func send(
        _ request: Request, _ context: AgentRequestContext, _ command: Command
    ) async throws -> CommandAnswer {
        let id = try target(of: command, request, context)
        let message = try SendBody.message(in: try await BodyReader.text(of: request, context: context))
        return try .json(SendReply(await operations.send(message, to: id)))
    }

    /// The worker that the path names, noted before the body is read: the audit names it even if that cannot be read.
    private func target(
        of command: Command, _ request: Request, _ context: AgentRequestContext
    ) throws(ClusterError) -> WorkerID {
        _ = try QueryParameters(request)
        let id = try context.workerID(of: request)
        command.targets.workers = [id]
        return id
    }
}
