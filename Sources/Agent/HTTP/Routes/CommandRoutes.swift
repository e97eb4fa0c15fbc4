// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// Routes for commands to workers.
struct CommandRoutes: Sendable {
    let operations: ClusterOperations
    let runner: CommandRunner

    func add(to router: Router<AgentRequestContext>) {
        router.on(.fork, by: runner, use: fork)
        router.on(.disconnectWorker, by: runner, use: disconnect)
        router.on(.killWorker, by: runner, use: kill)
        router.on(.pauseWorker, by: runner, use: pause)
        router.on(.resumeWorker, by: runner, use: resume)
        router.on(.sendMessage, by: runner, use: send)
    }

    private func fork(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let body = try await call.body(ForkRequest.self)
        return try .json(WorkersReply(workers: await operations.fork(body, for: command)), status: .created)
    }

    private func disconnect(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let id = try target(of: command, call)
        let body = try await call.body(DisconnectRequest.self)
        return try .json(await operations.disconnect(id, body, for: command))
    }

    private func kill(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let id = try target(of: command, call)
        let body = try await call.body(KillRequest.self)
        return try .json(await operations.kill(id, body, for: command))
    }

    private func pause(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let id = try target(of: command, call)
        _ = try await call.body(PauseRequest.self)
        return try .json(await operations.pause(id))
    }

    private func resume(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let id = try target(of: command, call)
        _ = try await call.body(PauseRequest.self)
        return try .json(await operations.resume(id))
    }

    private func send(_ call: Call, _ command: Command) async throws -> CommandAnswer {
        let id = try target(of: command, call)
        let message = try SendBody.message(in: try await BodyReader.text(of: call.request, context: call.context))
        return try .json(SendReply(await operations.send(message, to: id)))
    }

    /// The worker that the path names. It is noted before the body is read, so that the audit names it even if the body
    /// cannot be read.
    private func target(of command: Command, _ call: Call) throws(ClusterError) -> WorkerID {
        let id = try call.workerID
        command.targets.workers = [id]
        return id
    }
}
