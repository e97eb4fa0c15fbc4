// SPDX-License-Identifier: Apache-2.0

import Contract
import History
import Shared
import Supervision

/// All workers: live ones from the primary, ended ones from the history.
struct WorkerDirectory: Sendable {
    let primary: any ClusterPrimary
    let supervisor: any ClusterSupervisor
    let recorder: EventRecorder
    let reader: HistoryReader

    /// - Throws: `WORKER_NOT_FOUND`, `HISTORY_UNAVAILABLE`.
    func worker(_ id: WorkerID) async throws -> WorkerInfo {
        if let worker = await primary.worker(id) { return await measured(shown([worker]), await supervisor.views)[0] }
        guard let worker = try await gone(id) else { throw ClusterError.workerNotFound(id) }
        return worker
    }

    /// Live workers as clients see them, with what the supervisor knows of them.
    func shown(_ workers: [WorkerInfo]) async -> [WorkerInfo] {
        guard workers.contains(where: \.supervised) else { return workers.map(\.namingItsEnd) }
        let views = await supervisor.views
        return workers.map { $0.namingItsEnd.seen(by: views[$0.id]) }
    }

    /// The last known state of a worker that is not live. Nil if there was never one with this id.
    func gone(_ id: WorkerID) async throws -> WorkerInfo? {
        await settle()
        return try await reader.read { try $0.worker(id) }
    }

    /// The workers of one state after an id, in order of ids.
    /// - Parameter filters: all workers if empty.
    /// - Parameter gone: includes those that are gone too.
    /// - Returns: at most `limit`, in about 4 MiB, and the id after which there may be more.
    func page(
        states filters: Set<WorkerStateFilter>, gone: Bool, after: WorkerID?, limit: Int
    ) async throws -> (workers: [WorkerInfo], next: WorkerID?) {
        let (workers, views) = await supervisor.observed
        let live = workers.map { $0.namingItsEnd.seen(by: views[$0.id]) }
        var candidates = live.filter { worker in
            (filters.isEmpty || filters.contains { $0.matches(worker) }) && after.map { worker.id > $0 } ?? true
        }
        var horizon: WorkerID?
        // A worker that is gone is not leaving any more.
        let states = Set(filters.compactMap(\.state))
        if gone, filters.isEmpty || !states.isEmpty {
            await settle()
            let query = WorkerQuery(states: states, after: after, limit: limit)
            let stored = try await reader.read { try $0.page(query) }
            let rows = stored.workers
            // The page is full, so nothing is known about ids after its last row.
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
        return (await measured(page, views), candidates.count > page.count ? page.last?.id : horizon)
    }

    /// What these workers do now. Those that have ended are left out.
    func figures(of ids: [WorkerID]) async -> [WorkerID: WorkerFigures] {
        await figures(of: ids, supervisor.views)
    }

    private func figures(
        of ids: [WorkerID], _ views: [WorkerID: SupervisedWorkerView]
    ) async -> [WorkerID: WorkerFigures] {
        var figures = await primary.figures(of: ids)
        for id in figures.keys {
            figures[id]?.eventLoopDelayMs = views[id]?.loopDelay.map { $0 / .milliseconds(1) }
        }
        return figures
    }

    private func measured(
        _ workers: [WorkerInfo], _ views: [WorkerID: SupervisedWorkerView]
    ) async -> [WorkerInfo] {
        let figures = await figures(of: workers.map(\.id), views)
        return workers.map { worker in
            var measured = worker
            measured.figures = figures[worker.id]
            return measured
        }
    }

    /// A worker leaves the live list before its last events are stored. Without this it would be in neither list for a
    /// moment.
    private func settle() async {
        await recorder.settle(through: await primary.lastEventNumber)
    }
}

extension WorkerInfo {
    /// - Parameter view: nil if the supervisor no longer knows it.
    fileprivate func seen(by view: SupervisedWorkerView?) -> WorkerInfo {
        guard supervised else { return self }
        var seen = self
        seen.ready = view?.isReady ?? false
        seen.responsive = view?.isResponsive
        return seen
    }
}
