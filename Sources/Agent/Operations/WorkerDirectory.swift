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
        if let worker = await primary.worker(id) {
            return await shown([worker])[0].measured(await figures(of: [id])[id])
        }
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
        @Sendable func isWanted(_ worker: WorkerInfo) -> Bool {
            (filters.isEmpty || filters.contains { $0.matches(worker) }) && after.map { worker.id > $0 } ?? true
        }
        let observed = await supervisor.observed { workers in
            workers.lazy.filter(isWanted).prefix(limit).map(\.id)
        }
        var candidates = observed.workers.filter(isWanted).map { $0.namingItsEnd.seen(by: observed.views[$0.id]) }
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
            let liveIDs = Set(observed.workers.map(\.id))
            candidates += rows.filter { !liveIDs.contains($0.id) }
            if let horizon { candidates.removeAll { $0.id > horizon } }
            candidates.sort { $0.id < $1.id }
        }
        var bytes = 0
        let page = candidates.prefix(limit).prefix { worker in
            defer { bytes += worker.bytes }
            return bytes < EventPage.maxBytes
        }
        let figures = Self.completed(observed.figures, observed.views)
        let measured = page.map { $0.measured(figures[$0.id]) }
        return (measured, candidates.count > page.count ? page.last?.id : horizon)
    }

    /// What these workers do now. Those that have ended are left out.
    func figures(of ids: [WorkerID]) async -> [WorkerID: WorkerFigures] {
        Self.completed(await primary.figures(of: ids), await supervisor.views)
    }

    /// With what the supervisor knows.
    private static func completed(
        _ figures: [WorkerID: WorkerFigures], _ views: [WorkerID: SupervisedWorkerView]
    ) -> [WorkerID: WorkerFigures] {
        var figures = figures
        let now = ContinuousClock.now
        for id in figures.keys {
            figures[id]?.eventLoopDelayMs = views[id]?.delay(at: now).map { $0 / .milliseconds(1) }
        }
        return figures
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

    fileprivate func measured(_ figures: WorkerFigures?) -> WorkerInfo {
        var measured = self
        measured.figures = figures
        return measured
    }
}
