// SPDX-License-Identifier: Apache-2.0

import Shared

/// Gives each worker its two numbers: its id, which no other worker of the data directory has, and the one that its
/// program sees, which counts from 1 in each run.
struct WorkerNumbers {
    private var nextID: WorkerID
    private var nextNodeID = WorkerID.first
    private var reserved: ReservedNumbers

    init(first: WorkerID, reservedThrough last: WorkerID?) {
        nextID = first
        reserved = ReservedNumbers(through: last?.rawValue)
    }

    mutating func reserve(through last: WorkerID) {
        reserved.reserve(through: last.rawValue)
    }

    mutating func take(at time: Timestamp) -> (id: WorkerID, nodeID: WorkerID) {
        let id = WorkerID(rawValue: reserved.checked(nextID.rawValue, at: time)) ?? nextID
        defer {
            nextID = id.next
            nextNodeID = nextNodeID.next
        }
        return (id, nextNodeID)
    }
}
