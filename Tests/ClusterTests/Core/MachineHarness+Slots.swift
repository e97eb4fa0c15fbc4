// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// The account of the sockets that share a port.
extension MachineHarness {
    func bindSlot(_ id: HandleID, _ slot: SlotID) {
        require(handles[id]?.phase == .open, "\(slot) of \(id) is made where nothing is open")
        require(handles[id]?.slots[slot] == nil, "\(slot) of \(id) is made twice")
        if slotErrno == 0 {
            handles[id]?.slots[slot] = .free
            handles[id]?.order.append(slot)
        }
        machine.didBindSlot(id, slot, errno: slotErrno)
    }

    func share(_ id: HandleID, _ slot: SlotID?, with worker: WorkerID) {
        require((slot != nil) == (handles[id]?.use == .slots), "\(id) is shared in the wrong way")
        guard let slot else { return }
        // A new server of it has not said yet that it listens.
        if workers[worker]?.serving.contains(id) != true { handles[id]?.listening.remove(worker) }
        let instance = machine.workers[worker]?.info.instance
        switch handles[id]?.slots[slot] {
        case .free, .held(worker):
            handles[id]?.slots[slot] = .held(worker)
        case .held(let other) where instance != nil && machine.workers[other]?.info.instance == instance:
            handles[id]?.slots[slot] = .shared([other, worker])
        case .shared(let others) where others.contains { machine.workers[$0]?.info.instance == instance }:
            handles[id]?.slots[slot] = .shared(others.union([worker]))
        case .adopted where hangs(worker):
            handles[id]?.slots[slot] = .rescued([worker])
        case .rescued(let others) where hangs(worker):
            let left = others.filter { $0 != worker && workers[$0]?.serving.contains(id) == true }
            require(
                left.allSatisfy { instance != nil && machine.workers[$0]?.info.instance == instance },
                "\(worker) gets \(slot) of \(left)")
            handles[id]?.slots[slot] = .rescued(left.union([worker]))
        case .held, .shared, .rescued, .adopted, nil:
            let state = handles[id]?.slots[slot].map { "\($0)" } ?? "missing"
            violations.append("\(worker) gets \(slot), which somebody has: \(state)")
        }
    }

    func adopt(_ id: HandleID, _ slot: SlotID) {
        let holders = (handles[id]?.slots[slot]?.holders ?? []).filter { workers[$0]?.serving.contains(id) == true }
        require(handles[id]?.slots[slot]?.isPrimarys == false, "\(slot) of \(id) is adopted twice")
        for worker in holders {
            require(hangs(worker), "\(slot) is taken from \(worker), which serves it")
        }
        handles[id]?.slots[slot] = holders.isEmpty ? .adopted : .rescued(holders)
    }

    func release(_ id: HandleID, _ slot: SlotID) {
        require(handles[id]?.slots[slot]?.isPrimarys == true, "\(slot) of \(id) is released but not adopted")
        let holders = (handles[id]?.slots[slot]?.holders ?? []).filter { workers[$0]?.serving.contains(id) == true }
        handles[id]?.slots[slot] = holders.isEmpty ? .free : .shared(holders)
    }

    private func hangs(_ worker: WorkerID) -> Bool {
        machine.workers[worker].map { !$0.obstacles.isDisjoint(with: .hung) } ?? false
    }

    /// New connections enter only slots of workers that accept and have no obstacle, while there is one.
    func checkEntrances(_ id: HandleID, _ model: HandleModel) {
        guard model.use == .slots, model.phase == .open, let program = model.program else { return }
        func places(_ isChosen: (HandleModel.Slot) -> Bool) -> Set<Int> {
            Set(model.order.enumerated().filter { model.slots[$0.element].map(isChosen) == true }.map(\.offset))
        }
        let served = places { slot in
            slot.holders.contains { worker in
                model.listening.contains(worker) && workers[worker]?.serving.contains(id) == true
                    && machine.workers[worker]?.obstacles.isEmpty == true
            }
        }
        let unpaused = places { slot in
            !slot.holders.contains { machine.workers[$0]?.obstacles.contains(.paused) == true }
        }
        // Sockets of workers without an instance get no sticky clients while an instance is there.
        let wanted = [served, places(\.isPrimarys), unpaused].first { !$0.isEmpty } ?? Set(model.order.indices)
        require(
            program.results == wanted
                || machine.steering.isSticky && !program.results.isEmpty && program.results.isSubset(of: wanted),
            "\(id): connections enter \(program.results), not \(wanted) of \(model.slots), listening \(model.listening)"
        )
    }

    /// Each worker that serves has one socket, and no worker that has gone has any.
    func checkSlots(_ id: HandleID, _ model: HandleModel) {
        guard model.use == .slots, model.phase == .open else { return }
        let serving = workers.filter { $0.value.serving.contains(id) }.keys
        for (slot, state) in model.slots {
            require(
                state.isPrimarys || !state.holders.isDisjoint(with: serving), "nobody accepts from \(slot) of \(id)")
        }
        let holders = model.slots.values.flatMap { (slot: HandleModel.Slot) -> Set<WorkerID> in
            if case .held = slot { slot.holders } else { slot.holders.filter(serving.contains) }
        }
        require(
            Set(holders) == Set(serving) && holders.count == serving.count, "\(holders) have sockets, \(serving) serve")
    }
}
