// SPDX-License-Identifier: Apache-2.0

import Shared

/// What the watch has seen at one look.
struct WatchReport: Hashable, Sendable {
    /// Workers whose process a signal has stopped.
    var stopped: Set<WorkerID> = []
    /// Slots in which connections wait.
    var backlogs: [HandleID: Set<SlotID>] = [:]
}

// Who gets no new connections for now: workers that somebody has paused, and those that hang.
extension PrimaryStateMachine {
    /// The time between two looks of the watch.
    static let watchInterval = Duration.milliseconds(100)

    /// Gives the worker no new connections. Those that it has go on.
    ///
    /// - Throws: `WORKER_NOT_FOUND`; `POLICY_CANNOT_PAUSE` if the worker accepts connections from a socket that it shares.
    mutating func pause(_ id: WorkerID) throws(ClusterError) -> WorkerInfo {
        try checkRunning()
        guard let record = workers[id] else { throw .workerNotFound(id) }
        let sockets = (Array(record.served.values) + record.sockets).compactMap { handles[$0] }
        guard settings.schedulingPolicy != .none || !sockets.isEmpty, sockets.allSatisfy(\.canPause) else {
            let isRefused = sockets.contains { $0.slots != nil }
            throw ClusterError(
                .failedPrecondition, .policyCannotPause,
                isRefused
                    ? "the kernel takes no program for the worker's port (steered is false), so nobody can keep connections from its socket; the agent's log says why"
                    : "the worker accepts connections from a socket that it shares with others, so nobody can keep them from it; use the policy rr or reuseport",
                metadata: ["workerId": "\(id)", "schedulingPolicy": settings.schedulingPolicy.rawValue])
        }
        obstruct(id) { $0.insert(.paused) }
        return workers[id]?.info ?? record.info
    }

    /// Gives a paused worker new connections again. One that is not paused is no error.
    ///
    /// - Throws: `WORKER_NOT_FOUND`
    mutating func resume(_ id: WorkerID) throws(ClusterError) -> WorkerInfo {
        try checkRunning()
        guard let record = workers[id] else { throw .workerNotFound(id) }
        obstruct(id) { $0.remove(.paused) }
        return workers[id]?.info ?? record.info
    }

    // MARK: Workers that hang

    /// The process of a worker that was to get a connection is stopped. It has not got it.
    mutating func didFindStopped(_ worker: WorkerID, sequence: Int) {
        guard let handover = handovers.end(sequence, by: worker) else { return }
        handles.update(handover.handle) { $0.queue?.didAnswer(worker) }
        obstruct(worker) { $0.insert(.stopped) }
        guard handles[handover.handle]?.queue != nil else { return closeConnection(handover.connection) }
        handles.update(handover.handle) { $0.queue?.giveBack(handover.connection, bucket: handover.bucket) }
        distribute(handover.handle)
    }

    /// The worker has answered something, so its event loop turns.
    mutating func didHear(_ worker: WorkerID) {
        if !hung.isEmpty, hung.contains(worker) { obstruct(worker) { $0.remove(.unanswering) } }
    }

    /// The worker was asked for a sign of life. The oldest question counts.
    mutating func didAsk(_ worker: WorkerID) {
        if probes[worker] == nil { probes[worker] = watchTick }
    }

    mutating func didAnswerProbe(_ worker: WorkerID) {
        probes[worker] = nil
        didHear(worker)
    }

    /// The workers whose processes the watch looks at. Empty if it need not look.
    var watched: [WorkerID] {
        let holders = handles.flatMap { _, handle in handle.slots?.held.map(\.worker) ?? [] }
        return Array(hung.union(holders))
    }

    /// Whether there is anything to watch.
    var needsWatch: Bool {
        !handovers.isEmpty || !hung.isEmpty || !probes.isEmpty
            || handles.contains { $0.value.slots != nil && !$0.value.workers.isEmpty }
    }

    mutating func didLook(_ report: WatchReport) {
        watchTick += 1
        let limit = watchTick - skipTicks
        var unanswering = handovers.workers(silentSince: limit)
        for (worker, tick) in probes where tick <= limit { unanswering.insert(worker) }
        // Both at once: a process that goes on gets nothing before it has answered what it owes.
        let looked = Set(watched)
        for id in looked.union(unanswering) {
            obstruct(id) { obstacles in
                if unanswering.contains(id) { obstacles.insert(.unanswering) }
                guard looked.contains(id) else { return }
                if report.stopped.contains(id) { obstacles.insert(.stopped) } else { obstacles.remove(.stopped) }
            }
        }
        probe(report.backlogs)
    }

    /// Looks of the watch until a worker without an answer is skipped.
    private var skipTicks: Int { max(1, Int((steering.skipAfter / Self.watchInterval).rounded(.up))) }

    /// A worker that leaves connections in its slot for more than one look is asked whether it is there. Many only come faster
    /// than it takes them.
    private mutating func probe(_ backlogs: [HandleID: Set<SlotID>]) {
        for (id, handle) in handles {
            guard let slots = handle.slots, let now = backlogs[id], let before = lastBacklogs[id] else { continue }
            for (worker, slot) in slots.held
            where now.contains(slot) && before.contains(slot) && probes[worker] == nil
                && workers[worker]?.isSilent == false
            {
                probes[worker] = watchTick
                act(.probe(worker))
            }
        }
        lastBacklogs = backlogs
    }

    // MARK: What follows

    private mutating func obstruct(_ id: WorkerID, _ change: (inout Obstacles) -> Void) {
        guard workers.update(id, { $0.obstruct(change) }) == true, let record = workers[id] else { return }
        if record.obstacles.isDisjoint(with: .hung) { hung.remove(id) } else { hung.insert(id) }
        for handle in Array(record.served.values) + record.sockets {
            handles.update(handle) {
                $0.queue?.obstruct(id, record.obstacles)
                $0.slots?.obstruct(id, record.obstacles)
            }
            settleSlots(handle)
            distribute(handle)
        }
    }

    /// The worker has no sockets any more, and answers nothing.
    mutating func forgetAttention(to worker: WorkerID) {
        hung.remove(worker)
        probes[worker] = nil
    }

    /// The worker's server at this address accepts from now on.
    mutating func openSlots(of worker: WorkerID, at address: ListeningAddress) {
        for handle in workers[worker].map({ Array($0.served.values) }) ?? []
        where handles[handle]?.announcedAddress == address {
            if handles.update(handle, { $0.didListen(worker) }) == true { settleSlots(handle) }
        }
    }

    /// Who accepts from the slots of a handle, and which of them the kernel uses, after something has changed.
    mutating func settleSlots(_ id: HandleID) {
        guard handles[id]?.slots != nil else { return }
        adopt(id)
        if handles[id]?.isSteered == true, let spare = handles.update(id, { $0.slots?.addSpare() }) ?? nil {
            act(.bindSlot(id, spare))
        }
        act(.steer(id))
    }

    /// The driver could not accept from a slot.
    mutating func didNotAdopt(_ id: HandleID, _ slot: SlotID) {
        handles.update(id) { $0.slots?.didNotAdopt(slot) }
        act(.steer(id))
    }

    private mutating func adopt(_ id: HandleID) {
        let changes = handles.update(id) { $0.slots?.settle() } ?? nil
        for change in changes ?? [] {
            switch change {
            case .adopted(let slot): act(.adopt(id, slot))
            case .released(let slot): act(.release(id, slot))
            }
        }
    }

    /// What the kernel is to do with new connections of this handle; nil if it does so already.
    mutating func changedProgram(of id: HandleID) -> KernelProgram? {
        handles.update(id) { $0.changedProgram() } ?? nil
    }

    /// - Parameter succeeded: false if the kernel takes no program. It spreads connections in its own way then.
    mutating func didSteer(_ id: HandleID, succeeded: Bool) {
        guard handles.update(id, { $0.didSteer(succeeded: succeeded) }) == true else { return }
        settleSlots(id)
    }
}
