// SPDX-License-Identifier: Apache-2.0

import Shared

/// Which worker has which slot of a handle with `reuseport`. A slot outlives its worker, because connections wait in
/// it. The next worker takes it, and until then the primary accepts from it.
///
/// An instance keeps its slot. While a new worker of the instance replaces the old one, both accept from it, so nothing
/// has to be moved when the old one leaves.
struct SlotTable {
    /// A worker that has a slot.
    fileprivate struct Holder {
        let worker: WorkerID
        /// Whether its server accepts.
        var listens = false
        var obstacles: Obstacles

        var isOpen: Bool { listens && obstacles.isDisjoint(with: [.paused, .stopped, .unanswering]) }
    }

    fileprivate enum State {
        /// There is no socket: it is not made yet, or could not be.
        case missing
        /// The driver is making it, for a worker if somebody waits for it. Exits: `missing`, `bound`.
        case binding(for: (worker: WorkerID, query: ServerQuery)?)
        /// These workers have it: none, one, or several of one instance.
        case bound([Holder])
    }

    fileprivate struct Slot {
        var state: State
        /// The instance of its newest worker; nil if that was not supervised.
        var instance: Int?
        /// Whether the primary accepts from it: nobody has it, or those who have it hang.
        var isAdopted = false
    }

    /// Who accepts from a slot has changed.
    enum Change: Equatable {
        /// The primary does from now on.
        case adopted(SlotID)
        /// Its workers alone do.
        case released(SlotID)
    }

    private var slots = [Slot(state: .bound([]))]
    /// The slots in the order in which their sockets began to listen. The kernel counts them so.
    private var order = [SlotID(rawValue: 0)]

    /// Gives the worker a slot: the one that it has already, else that of its instance, else the lowest free one. A slot
    /// that belonged to no instance comes before one whose instance may return. A paused worker shares its slot with nobody,
    /// because it would accept what another one is to have.
    ///
    /// - Parameter instance: nil if the worker is not supervised.
    /// - Returns: the slot, and whether it has to be made first. `didBind` continues from there.
    mutating func assign(
        _ worker: WorkerID, of instance: Int?, _ query: ServerQuery, obstacles: Obstacles
    ) -> (slot: SlotID, isMissing: Bool) {
        if let index = index(heldBy: worker) { return (SlotID(rawValue: index), false) }
        let own = instance.flatMap { number in slots.firstIndex { $0.instance == number && $0.canBeShared } }
        let nobodys = slots.indices.filter { slots[$0].isOpen && slots[$0].instance == nil }
        let place =
            own ?? nobodys.first { !slots[$0].isMissing } ?? nobodys.first ?? slots.firstIndex(where: \.isOpen)
        guard let place else {
            slots.append(Slot(state: .binding(for: (worker, query)), instance: instance))
            return (SlotID(rawValue: slots.count - 1), true)
        }
        slots[place].instance = instance
        guard case .bound(let holders) = slots[place].state else {
            slots[place].state = .binding(for: (worker, query))
            return (SlotID(rawValue: place), true)
        }
        slots[place].state = .bound(holders + [Holder(worker: worker, obstacles: obstacles)])
        return (SlotID(rawValue: place), false)
    }

    /// One more, which is the primary's own: all workers that accept have obstacles, and connections have to wait somewhere.
    ///
    /// - Returns: the slot, if it has to be made.
    mutating func addSpare() -> SlotID? {
        let accepting = slots.flatMap(\.holders).filter(\.listens)
        guard !accepting.isEmpty, accepting.allSatisfy({ !$0.obstacles.isEmpty }),
            !slots.contains(where: { $0.isAdopted || $0.isBinding })
        else { return nil }
        let missing = slots.firstIndex(where: \.isMissing)
        if let missing {
            slots[missing].state = .binding(for: nil)
        } else {
            slots.append(Slot(state: .binding(for: nil)))
        }
        return SlotID(rawValue: missing ?? slots.count - 1)
    }

    /// - Returns: the worker that waits for this slot, and its query.
    mutating func didBind(_ slot: SlotID, succeeded: Bool) -> (worker: WorkerID, query: ServerQuery)? {
        guard case .binding(let waiting) = slots[slot.rawValue].state else { return nil }
        slots[slot.rawValue].state = succeeded ? .bound([]) : .missing
        if succeeded { order.append(slot) }
        return waiting
    }

    /// The worker's server accepts.
    ///
    /// - Returns: false if that is known, or if it has no slot.
    mutating func didListen(_ worker: WorkerID) -> Bool {
        var isNew = false
        change(worker) { holder in
            isNew = !holder.listens
            holder.listens = true
        }
        return isNew
    }

    mutating func obstruct(_ worker: WorkerID, _ obstacles: Obstacles) {
        change(worker) { $0.obstacles = obstacles }
    }

    /// The worker leaves its slot.
    mutating func abandon(_ worker: WorkerID) {
        guard let index = index(heldBy: worker), case .bound(let holders) = slots[index].state else { return }
        slots[index].state = .bound(holders.filter { $0.worker != worker })
    }

    /// What follows for the primary from all that has changed: it accepts from each slot that nobody has, and from each slot
    /// whose workers all hang.
    mutating func settle() -> [Change] {
        var changes: [Change] = []
        for index in slots.indices {
            guard case .bound(let holders) = slots[index].state else { continue }
            let isDue = holders.allSatisfy { !$0.obstacles.isDisjoint(with: .hung) }
            guard isDue != slots[index].isAdopted else { continue }
            slots[index].isAdopted = isDue
            let slot = SlotID(rawValue: index)
            changes.append(isDue ? .adopted(slot) : .released(slot))
        }
        return changes
    }

    /// The primary could not accept from a slot. ``settle()`` asks for it again.
    mutating func didNotAdopt(_ slot: SlotID) {
        slots[slot.rawValue].isAdopted = false
    }

    /// The places of the slots that new connections may enter, in the kernel's order, with the instance of each. A slot whose
    /// workers all have obstacles is left out while another one can be had, and that of a paused worker longest.
    var entrances: [(place: Int, instance: Int?)] {
        let all = order.enumerated().map { (place: $0.offset, slot: slots[$0.element.rawValue]) }
        let choices = [
            all.filter(\.slot.isServed),
            // The primary accepts, or a worker will soon.
            all.filter(\.slot.isAdopted), all.filter { !$0.slot.isPaused }, all,
        ]
        return choices.first { !$0.isEmpty }?.map { ($0.place, $0.slot.instance) } ?? []
    }

    /// The workers with slots, each with its slot.
    var held: [(worker: WorkerID, slot: SlotID)] {
        slots.indices.flatMap { index in slots[index].holders.map { ($0.worker, SlotID(rawValue: index)) } }
    }

    private mutating func change(_ worker: WorkerID, _ body: (inout Holder) -> Void) {
        guard let index = index(heldBy: worker), case .bound(var holders) = slots[index].state else { return }
        for place in holders.indices where holders[place].worker == worker { body(&holders[place]) }
        slots[index].state = .bound(holders)
    }

    private func index(heldBy worker: WorkerID) -> Int? {
        slots.firstIndex { $0.holders.contains { $0.worker == worker } }
    }
}

extension SlotTable.Slot {
    fileprivate var holders: [SlotTable.Holder] {
        if case .bound(let holders) = state { holders } else { [] }
    }

    /// Whether no worker has it or waits for it.
    fileprivate var isOpen: Bool {
        switch state {
        case .missing: true
        case .binding: false
        case .bound(let holders): holders.isEmpty
        }
    }

    /// Whether another worker of its instance may have it too.
    fileprivate var canBeShared: Bool { !isBinding && !isPaused }

    fileprivate var isPaused: Bool { holders.contains { $0.obstacles.contains(.paused) } }

    /// Whether a worker accepts from it that has no obstacle.
    fileprivate var isServed: Bool { holders.contains(where: \.isOpen) }

    fileprivate var isMissing: Bool {
        if case .missing = state { true } else { false }
    }

    fileprivate var isBinding: Bool {
        if case .binding = state { true } else { false }
    }
}

/// Names one slot within one handle.
struct SlotID: Hashable, Sendable {
    let rawValue: Int
}
