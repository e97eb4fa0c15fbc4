// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// Reading workers.
struct WorkerRoutes: Sendable {
    let directory: WorkerDirectory
    private let list = JSONMemo<WorkersReply>()

    init(directory: WorkerDirectory) {
        self.directory = directory
    }

    func add(to router: Router<AgentRequestContext>) {
        router.on(.getWorker) { request, context in
            _ = try QueryParameters(request)
            return try .json(await directory.worker(try context.workerID(of: request)))
        }
        router.on(.listWorkers, use: listWorkers)
    }

    private func listWorkers(_ request: Request, _ context: AgentRequestContext) async throws -> Response {
        let query = try QueryParameters(request, known: ["state", "all", "pageSize", "pageToken"])
        let states = try query.list("state", of: WorkerState.self)
        let gone = try query.flag("all")
        let limit = try query.integer("pageSize", in: 1...1000) ?? 100
        let filters = [query["state"], "\(gone)"]
        let after = try query["pageToken"].map { try PageToken($0, filters: filters) }
            .flatMap { WorkerID(rawValue: Int($0.position)) }
        let page = try await directory.page(states: states, gone: gone, after: after, limit: limit)
        let next = page.next.map { PageToken(position: Int64($0.rawValue), filters: filters).text }
        return try list.response(WorkersReply(workers: page.workers, nextPageToken: next))
    }
}

extension AgentRequestContext {
    /// The worker that the path names.
    /// - Throws: `INVALID_ARGUMENT` where it is no id, `ROUTE_NOT_FOUND` where it carries a verb that does not exist.
    func workerID(of request: Request) throws(ClusterError) -> WorkerID {
        let text = parameters.get("id") ?? ""
        guard let id = WorkerID(text) else {
            if text.contains(":") { throw .routeNotFound(request) }
            throw QueryParameters.invalid("id", "it must be a worker's id, a number from 1")
        }
        return id
    }
}
