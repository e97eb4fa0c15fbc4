// SPDX-License-Identifier: Apache-2.0

import Shared

/// Who has which of the sockets that share one port (`reuseport`). A socket outlives its worker, because
/// connections wait in it: the next worker takes it over, and until then the primary accepts from it.
struct SlotTable {
    private enum Slot {
        /// There is no socket: it is not made yet, or could not be.
        case missing
        /// The driver is at it. Exits: `missing`, `free`.
        case binding(for: WorkerID, ServerQuery)
        /// Nobody has listened on it yet. Exits: `held`.
        case free
        /// The primary accepts from it. Exits: `held`.
        case adopted
        /// Exits: `adopted`.
        case held(by: WorkerID)
    }

    /// What a worker that wants to listen gets.
    enum Assignment {
        /// - Parameter wasAdopted: the primary has to let go of it first.
        case existing(SlotID, wasAdopted: Bool)
        /// One that has to be made; `didBind` goes on from there.
        case new(SlotID)
    }

    private var slots: [Slot] = [.free]

    /// The one that it has already, or the lowest that no worker has.
    mutating func assign(_ worker: WorkerID, _ query: ServerQuery) -> Assignment {
        if let index = index(heldBy: worker) { return .existing(SlotID(rawValue: index), wasAdopted: false) }
        for index in slots.indices {
            switch slots[index] {
            case .free, .adopted:
                let wasAdopted = if case .adopted = slots[index] { true } else { false }
                slots[index] = .held(by: worker)
                return .existing(SlotID(rawValue: index), wasAdopted: wasAdopted)
            case .missing:
                slots[index] = .binding(for: worker, query)
                return .new(SlotID(rawValue: index))
            case .binding, .held:
                continue
            }
        }
        slots.append(.binding(for: worker, query))
        return .new(SlotID(rawValue: slots.count - 1))
    }

    /// - Returns: who waits for this socket, and with which query.
    mutating func didBind(_ slot: SlotID, succeeded: Bool) -> (WorkerID, ServerQuery)? {
        guard case .binding(let worker, let query) = slots[slot.rawValue] else { return nil }
        slots[slot.rawValue] = succeeded ? .free : .missing
        return (worker, query)
    }

    /// The worker leaves its socket to the primary.
    mutating func abandon(_ worker: WorkerID) -> SlotID? {
        guard let index = index(heldBy: worker) else { return nil }
        slots[index] = .adopted
        return SlotID(rawValue: index)
    }

    private func index(heldBy worker: WorkerID) -> Int? {
        slots.firstIndex { if case .held(worker) = $0 { true } else { false } }
    }
}

/// Names one of the sockets that share a port, within one handle.
struct SlotID: Hashable, Sendable {
    let rawValue: Int
}
