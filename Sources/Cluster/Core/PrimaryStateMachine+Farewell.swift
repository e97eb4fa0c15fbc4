// SPDX-License-Identifier: Apache-2.0

import Shared

// How workers are told to leave: at once, or, if nobody else is left who would serve what waits in a socket, when they have
// got all of it.
extension PrimaryStateMachine {
    /// How long workers wait at most to be told. What waits comes to them within milliseconds, unless they hang.
    static let farewellTime = Duration.milliseconds(500)

    /// Tells those that are to leave and have not been told.
    ///
    /// - Parameter plan: how long they may take. The wait is a small part of that.
    mutating func sayFarewell(within plan: EndingPlan) {
        let limit = min(Self.farewellTime, (plan.killAfter ?? .seconds(3600)) / 4)
        let ids = handles.map(\.key).sorted { $0.rawValue < $1.rawValue }
        for id in ids where limit > .zero && plan.terminateAfter != .zero && hasLastTakers(id) {
            handles.update(id) { $0.beginToEmpty() }
            act(.empty(id, within: limit))
            distribute(id)
        }
        for id in workers.ids where !waitsForEmptying(id) { sayFarewell(to: id) }
    }

    /// Tells the worker now.
    mutating func sayFarewell(to id: WorkerID) {
        guard let record = workers[id], record.awaitsWord, record.info.connected, !record.info.dead else { return }
        workers.update(id) { $0.didTell() }
        act(record.disconnectSignal.map { .signal(id, $0) } ?? .send(id, .disconnect))
        removeFromHandles(id)
    }

    /// Nothing waits in the handle's sockets any more, or nobody takes it.
    mutating func didEmpty(_ id: HandleID) {
        guard handles[id]?.emptying == .underWay else { return }
        handles.update(id) { $0.endEmptying() }
        for worker in handles[id]?.workers ?? [] where !waitsForEmptying(worker) { sayFarewell(to: worker) }
    }

    /// Whether connections wait here that a worker will take.
    func holdsConnections(_ id: HandleID) -> Bool {
        guard let queue = handles[id]?.queue else { return false }
        return queue.count > 0 && queue.hasTaker
    }

    /// Whether the workers of a handle take what waits in its sockets.
    func hasTaker(_ id: HandleID) -> Bool { handles[id]?.queue?.hasTaker ?? true }

    /// Waits no longer for anything.
    mutating func endEmptying() {
        for (id, handle) in handles where handle.emptying == .underWay { didEmpty(id) }
    }

    private func waitsForEmptying(_ worker: WorkerID) -> Bool {
        workers[worker]?.served.values.contains { handles[$0]?.emptying == .underWay } == true
    }

    /// Whether all workers of a handle are to leave, nobody comes after them, and some of them still take connections.
    private func hasLastTakers(_ id: HandleID) -> Bool {
        guard let handle = handles[id], case .open = handle.phase, handle.emptying == .notBegun,
            !handle.key.isInherited, !handle.key.addressType.isDatagram, !isWanted(id, handle.key)
        else { return false }
        let records = handle.workers.compactMap { workers[$0] }
        return records.allSatisfy(\.awaitsWord) && records.contains(where: \.obstacles.isEmpty)
    }
}
