// SPDX-License-Identifier: Apache-2.0

import Shared

/// Which worker has which slot of a handle with `reuseport`. A slot outlives its worker, because connections wait in
/// it. The next worker takes it, and until then the primary accepts from it.
///
/// An instance keeps its slot. While a new worker of the instance replaces the old one, both accept from it, so nothing
/// has to be moved when the old one leaves.
struct SlotTable {
    fileprivate enum State {
        /// There is no socket: it is not made yet, or could not be.
        case missing
        /// The driver is making it. Exits: `missing`, `free`.
        case binding(for: WorkerID, ServerQuery)
        /// Nobody has listened on it yet. Exits: `held`.
        case free
        /// The primary accepts from it. Exits: `held`.
        case adopted
        /// At least one worker has it; several only if they are of one instance. Exits: `adopted`, when the last of
        /// them leaves.
        case held(by: [WorkerID])
    }

    fileprivate struct Slot {
        var state: State
        /// The instance of its newest worker; nil if that was not supervised.
        var instance: Int?
    }

    /// The answer to a worker that wants to listen.
    enum Assignment {
        /// - Parameter wasAdopted: whether the primary accepts from it and has to stop first.
        case existing(SlotID, wasAdopted: Bool)
        /// It has to be made. `didBind` continues from there.
        case new(SlotID)
    }

    private var slots = [Slot(state: .free)]

    /// The slot that the worker has already, else that of its instance, else the lowest free one. A slot that belonged
    /// to no instance comes before one whose instance may return.
    ///
    /// - Parameter instance: nil if the worker is not supervised.
    mutating func assign(_ worker: WorkerID, of instance: Int?, _ query: ServerQuery) -> Assignment {
        if let index = index(heldBy: worker) { return .existing(SlotID(rawValue: index), wasAdopted: false) }
        let own = instance.flatMap { number in slots.firstIndex { $0.instance == number && !$0.isBinding } }
        let place = own ?? slots.firstIndex { $0.isOpen && $0.instance == nil } ?? slots.firstIndex(where: \.isOpen)
        guard let place else {
            slots.append(Slot(state: .binding(for: worker, query), instance: instance))
            return .new(SlotID(rawValue: slots.count - 1))
        }
        return take(place, worker, instance, query)
    }

    private mutating func take(
        _ index: Int, _ worker: WorkerID, _ instance: Int?, _ query: ServerQuery
    ) -> Assignment {
        let slot = SlotID(rawValue: index)
        slots[index].instance = instance
        switch slots[index].state {
        case .missing, .binding:
            slots[index].state = .binding(for: worker, query)
            return .new(slot)
        case .free:
            slots[index].state = .held(by: [worker])
            return .existing(slot, wasAdopted: false)
        case .adopted:
            slots[index].state = .held(by: [worker])
            return .existing(slot, wasAdopted: true)
        case .held(let workers):
            slots[index].state = .held(by: workers + [worker])
            return .existing(slot, wasAdopted: false)
        }
    }

    /// - Returns: the worker that waits for this slot, and its query.
    mutating func didBind(_ slot: SlotID, succeeded: Bool) -> (WorkerID, ServerQuery)? {
        guard case .binding(let worker, let query) = slots[slot.rawValue].state else { return nil }
        slots[slot.rawValue].state = succeeded ? .free : .missing
        return (worker, query)
    }

    /// The worker leaves its slot.
    ///
    /// - Returns: the slot if it is the primary's now. Nil if another worker of the instance has it, or if the worker
    ///   had none.
    mutating func abandon(_ worker: WorkerID) -> SlotID? {
        guard let index = index(heldBy: worker), case .held(var workers) = slots[index].state else { return nil }
        workers.removeAll { $0 == worker }
        slots[index].state = workers.isEmpty ? .adopted : .held(by: workers)
        return workers.isEmpty ? SlotID(rawValue: index) : nil
    }

    private func index(heldBy worker: WorkerID) -> Int? {
        slots.firstIndex { if case .held(let workers) = $0.state { workers.contains(worker) } else { false } }
    }
}

extension SlotTable.Slot {
    /// Whether no worker has it or waits for it.
    fileprivate var isOpen: Bool {
        switch state {
        case .missing, .free, .adopted: true
        case .binding, .held: false
        }
    }

    fileprivate var isBinding: Bool {
        if case .binding = state { true } else { false }
    }
}

/// Names one slot within one handle.
struct SlotID: Hashable, Sendable {
    let rawValue: Int
}
