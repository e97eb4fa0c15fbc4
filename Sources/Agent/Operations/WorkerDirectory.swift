// SPDX-License-Identifier: Apache-2.0

import Contract
import History
import Shared
import Supervision

/// All workers there are and were: the live ones of the primary, those gone from the history.
struct WorkerDirectory: Sendable {
    let primary: any ClusterPrimary
    let supervisor: any ClusterSupervisor
    let recorder: EventRecorder
    let reader: HistoryReader

    /// - Throws: `WORKER_NOT_FOUND`, `HISTORY_UNAVAILABLE`.
    func worker(_ id: WorkerID) async throws -> WorkerInfo {
        if let worker = await primary.worker(id) { return await shown([worker])[0] }
        guard let worker = try await gone(id) else { throw ClusterError.workerNotFound(id) }
        return worker
    }

    /// Live workers as others see them, with what the supervisor knows of them.
    func shown(_ workers: [WorkerInfo]) async -> [WorkerInfo] {
        guard workers.contains(where: \.supervised) else { return workers.map(\.namingItsEnd) }
        let views = await supervisor.views
        return workers.map { $0.namingItsEnd.seen(by: views[$0.id]) }
    }

    /// The last that is known of a worker that is not live; nil where there never was one of this id.
    func gone(_ id: WorkerID) async throws -> WorkerInfo? {
        await settle()
        return try await reader.read { try $0.worker(id) }
    }

    /// Those of a state, by id, after an id.
    /// - Parameter filters: empty: all.
    /// - Parameter gone: those gone too.
    /// - Returns: at most `limit`, in about 4 MiB, and the id after which there may be more.
    func page(
        states filters: Set<WorkerStateFilter>, gone: Bool, after: WorkerID?, limit: Int
    ) async throws -> (workers: [WorkerInfo], next: WorkerID?) {
        let live = await shown(await primary.workers)
        var candidates = live.filter { worker in
            (filters.isEmpty || filters.contains { $0.matches(worker) }) && after.map { worker.id > $0 } ?? true
        }
        var horizon: WorkerID?
        // Nobody who is gone is still leaving.
        let states = Set(filters.compactMap(\.state))
        if gone, filters.isEmpty || !states.isEmpty {
            await settle()
            let query = WorkerQuery(states: states, after: after, limit: limit)
            let stored = try await reader.read { try $0.page(query) }
            let rows = stored.workers
            // A full page of rows tells nothing of the ids behind its last one.
            horizon = stored.next
            // The primary knows a live worker better than its row does.
            let liveIDs = Set(live.map(\.id))
            candidates += rows.filter { !liveIDs.contains($0.id) }
            if let horizon { candidates.removeAll { $0.id > horizon } }
        }
        candidates.sort { $0.id < $1.id }
        var bytes = 0
        let page = Array(
            candidates.prefix(limit).prefix { worker in
                defer { bytes += worker.bytes }
                return bytes < EventPage.maxBytes
            })
        return (page, candidates.count > page.count ? page.last?.id : horizon)
    }

    /// A worker leaves the live list before its last events are stored; without this it would be nowhere for a moment.
    private func settle() async {
        await recorder.settle(through: await primary.lastEventNumber)
    }
}

extension WorkerInfo {
    /// - Parameter view: nil if the supervisor does not know it any more.
    fileprivate func seen(by view: SupervisedWorkerView?) -> WorkerInfo {
        guard supervised else { return self }
        var seen = self
        seen.ready = view?.isReady ?? false
        seen.responsive = view?.isResponsive
        return seen
    }
}
