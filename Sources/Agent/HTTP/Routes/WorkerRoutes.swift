// SPDX-License-Identifier: Apache-2.0

import Contract
import Hummingbird
import Shared

/// Routes that read workers.
struct WorkerRoutes: Sendable {
    let directory: WorkerDirectory
    private let list = JSONMemo<WorkersReply>()

    init(directory: WorkerDirectory) {
        self.directory = directory
    }

    func add(to router: Router<AgentRequestContext>) {
        router.on(.getWorker) { call in try .json(await directory.worker(try call.workerID)) }
        router.on(.listWorkers, use: listWorkers)
    }

    private func listWorkers(_ call: Call) async throws -> Response {
        let query = call.query
        let states = try query.list("state", of: WorkerStateFilter.self)
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
