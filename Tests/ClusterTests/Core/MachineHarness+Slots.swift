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
        let holder = handles[id]?.slots[slot]
        require(holder == .free || holder == .held(worker), "\(worker) gets \(slot), which somebody has")
        handles[id]?.slots[slot] = .held(worker)
    }

    func adopt(_ id: HandleID, _ slot: SlotID) {
        guard case .held(let worker) = handles[id]?.slots[slot] else {
            return violations.append("\(slot) of \(id) is adopted, but nobody had it")
        }
        require(workers[worker]?.serving.contains(id) != true, "\(slot) is taken from \(worker), which serves it")
        handles[id]?.slots[slot] = .adopted
    }

    /// Each worker that serves has one socket, and no worker that has gone has any.
    func checkSlots(_ id: HandleID, _ model: HandleModel) {
        guard model.use == .slots, model.phase == .open else { return }
        let holders = model.slots.values.compactMap { if case .held(let worker) = $0 { worker } else { nil } }
        let serving = workers.filter { $0.value.serving.contains(id) }.keys
        require(
            Set(holders) == Set(serving) && holders.count == serving.count, "\(holders) have sockets, \(serving) serve")
    }
}
