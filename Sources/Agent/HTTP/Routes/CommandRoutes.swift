// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPTypes
import Hummingbird
import Shared

/// What acts on workers.
struct CommandRoutes: Sendable {
    let primary: any ClusterPrimary
    let directory: WorkerDirectory
    var numbers: NumberReserve?
    let clock: any Clock<Duration>

    func add(to router: Router<AgentRequestContext>) {
        router.on(.fork, use: fork)
        router.on(.disconnectWorker, use: disconnect)
        router.on(.killWorker, use: kill)
        router.on(.sendMessage, use: send)
    }

    private func fork(_ request: Request, _ context: AgentRequestContext) async throws -> Response {
        _ = try QueryParameters(request)
        let body = try await BodyReader.decode(ForkRequest.self, from: request, context: context)
        // A variable such as NODE_OPTIONS decides which code runs.
        if body.env?.isEmpty == false { try context.require(.admin) }
        let count = try body.checkedCount()
        let deadline = try Deadline(timeoutMs: body.timeoutMs, clock: clock)
        await numbers?.require(workers: count)
        var workers = try await primary.fork(
            count: count, environment: body.env ?? [:], requestID: context.origin)
        let ids = workers.map(\.id)
        context.notes.workers = ids
        if let milestone = body.wait?.milestone {
            do {
                workers = try await deadline.run { try await primary.wait(for: ids, until: milestone) }
            } catch let error as ClusterError {
                throw error.naming(forked: ids, alive: await primary.workers.filter { !$0.dead }.map(\.id))
            }
        }
        return try .json(WorkersReply(workers: workers.map(directory.completed)), status: .created)
    }

    private func disconnect(_ request: Request, _ context: AgentRequestContext) async throws -> Response {
        let id = try worker(of: request, context)
        let body = try await BodyReader.decode(DisconnectRequest.self, from: request, context: context)
        let deadline = try Deadline(timeoutMs: body.timeoutMs, clock: clock)
        let limit = try body.deadlineMs.map(DisconnectRequest.limit)
        let worker = try await unlessGone(id) { () async throws(ClusterError) in
            try await primary.disconnect(id, abrupt: body.abrupt ?? false, within: limit, requestID: context.origin)
        }
        // A deadline is for the process's end, and so is who waits for it.
        let milestone: WorkerMilestone = limit == nil ? .disconnected : .exited
        return try await reply(worker, until: body.wait == true ? milestone : nil, deadline)
    }

    private func kill(_ request: Request, _ context: AgentRequestContext) async throws -> Response {
        let id = try worker(of: request, context)
        let body = try await BodyReader.decode(KillRequest.self, from: request, context: context)
        let deadline = try Deadline(timeoutMs: body.timeoutMs, clock: clock)
        let worker = try await unlessGone(id) { () async throws(ClusterError) in
            try await primary.kill(id, signal: body.signal ?? .terminate, requestID: context.origin)
        }
        return try await reply(worker, until: body.wait == true ? .exited : nil, deadline)
    }

    private func send(_ request: Request, _ context: AgentRequestContext) async throws -> Response {
        let id = try worker(of: request, context)
        // As the client wrote it: a worker may care for the order of fields, or take what cannot be read here.
        let message = try SendBody.message(in: try await BodyReader.text(of: request, context: context))
        do {
            return try .json(await primary.send(json: message, to: id))
        } catch let error as ClusterError where error.reason == .workerNotFound {
            guard try await directory.gone(id) != nil else { throw error }
            throw ClusterError(
                .failedPrecondition, .workerNotConnected, "worker \(id) is gone", metadata: ["workerId": "\(id)"])
        }
    }

    private func worker(of request: Request, _ context: AgentRequestContext) throws(ClusterError) -> WorkerID {
        _ = try QueryParameters(request)
        let id = try context.workerID(of: request)
        context.notes.workers = [id]
        return id
    }

    /// A worker that is gone needs no disconnect and no signal: the answer is what is known of it.
    private func unlessGone(
        _ id: WorkerID, _ command: () async throws(ClusterError) -> WorkerInfo
    ) async throws -> WorkerInfo {
        do {
            return directory.completed(try await command())
        } catch  where error.reason == .workerNotFound {
            guard let worker = try await directory.gone(id) else { throw error }
            return worker
        }
    }

    private func reply(
        _ worker: WorkerInfo, until milestone: WorkerMilestone?, _ deadline: Deadline
    ) async throws -> Response {
        guard let milestone, !worker.has(reached: milestone) else { return try .json(worker) }
        let workers = try await deadline.run { try await primary.wait(for: [worker.id], until: milestone) }
        return try .json(directory.completed(workers.first ?? worker))
    }
}

extension WorkerInfo {
    fileprivate func has(reached milestone: WorkerMilestone) -> Bool {
        switch milestone {
        case .online: onlineAt != nil
        case .listening: listeningAt != nil
        case .disconnected: disconnectedAt != nil
        case .exited: exitedAt != nil
        }
    }
}

extension ForkRequest.Milestone {
    fileprivate var milestone: WorkerMilestone {
        switch self {
        case .online: .online
        case .listening: .listening
        }
    }
}
