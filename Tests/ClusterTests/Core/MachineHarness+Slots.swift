// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// The account of the sockets that share a port.
extension MachineHarness {
    func bindSlot(_ id: HandleID, _ slot: SlotID) {
        require(handles[id]?.phase == .open, "\(slot) of \(id) is made where nothing is open")
        require(handles[id]?.slots[slot] == nil, "\(slot) of \(id) is made twice")
        if slotErrno == 0 { handles[id]?.slots[slot] = .free }
        machine.didBindSlot(id, slot, errno: slotErrno)
    }

    func share(_ id: HandleID, _ slot: SlotID?, with worker: WorkerID) {
        require((slot != nil) == (handles[id]?.use == .slots), "\(id) is shared in the wrong way")
        guard let slot else { return }
        let instance = machine.workers[worker]?.info.instance
        switch handles[id]?.slots[slot] {
        case .free, .held(worker):
            handles[id]?.slots[slot] = .held(worker)
        case .held(let other) where instance != nil && machine.workers[other]?.info.instance == instance:
            handles[id]?.slots[slot] = .shared([other, worker])
        case .shared(let others) where others.contains { machine.workers[$0]?.info.instance == instance }:
            handles[id]?.slots[slot] = .shared(others.union([worker]))
        case .held, .shared, .adopted, nil:
            violations.append("\(worker) gets \(slot), which somebody has")
        }
    }

    func adopt(_ id: HandleID, _ slot: SlotID) {
        let holders = handles[id]?.slots[slot]?.holders ?? []
        require(!holders.isEmpty, "\(slot) of \(id) is adopted, but nobody had it")
        for worker in holders {
            require(workers[worker]?.serving.contains(id) != true, "\(slot) is taken from \(worker), which serves it")
        }
        handles[id]?.slots[slot] = .adopted
    }

    /// Each worker that serves has one socket, and no worker that has gone has any.
    func checkSlots(_ id: HandleID, _ model: HandleModel) {
        guard model.use == .slots, model.phase == .open else { return }
        let serving = workers.filter { $0.value.serving.contains(id) }.keys
        let holders = model.slots.values.flatMap { (slot: HandleModel.Slot) -> Set<WorkerID> in
            if case .shared(let workers) = slot { workers.filter(serving.contains) } else { slot.holders }
        }
        require(
            Set(holders) == Set(serving) && holders.count == serving.count, "\(holders) have sockets, \(serving) serve")
    }
}

extension HandleModel.Slot {
    fileprivate var holders: Set<WorkerID> {
        switch self {
        case .free, .adopted: []
        case .held(let worker): [worker]
        case .shared(let workers): workers
        }
    }
}
