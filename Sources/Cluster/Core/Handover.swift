// SPDX-License-Identifier: Apache-2.0

import Shared

/// A connection that was sent to a worker which has not answered yet. It is still the primary's.
struct Handover: Hashable, Sendable {
    let connection: ConnectionID
    let handle: HandleID
    let worker: WorkerID
    /// Of the client, if clients keep their instance.
    var bucket: Int?
    /// When it was sent, in ticks of the watch.
    var tick = 0
}

/// The hand-overs by number. Workers answer with this number.
struct HandoverTable {
    private var handovers: [Int: Handover] = [:]

    var isEmpty: Bool { handovers.isEmpty }

    /// - Parameter sequence: of the message, one that no other has.
    mutating func begin(_ handover: Handover, sequence: Int) {
        handovers[sequence] = handover
    }

    /// The worker has answered. It can only answer for connections that it was sent itself.
    /// - Returns: nil if it was not sent this.
    mutating func end(_ sequence: Int, by worker: WorkerID) -> Handover? {
        guard let handover = handovers[sequence], handover.worker == worker else { return nil }
        handovers[sequence] = nil
        return handover
    }

    /// Removes what the worker has not answered, and returns it, the newest first.
    mutating func removeAll(of worker: WorkerID) -> [Handover] {
        let lost = handovers.filter { $0.value.worker == worker }.sorted { $0.key > $1.key }
        for (sequence, _) in lost { handovers[sequence] = nil }
        return lost.map(\.value)
    }

    /// The workers that have not answered what they were sent at this tick or before.
    func workers(silentSince tick: Int) -> Set<WorkerID> {
        Set(handovers.values.lazy.filter { $0.tick <= tick }.map(\.worker))
    }

    /// How many the worker has not answered, of the sockets that `isCounted` accepts.
    func count(of worker: WorkerID, where isCounted: (HandleID) -> Bool) -> Int {
        handovers.values.count { $0.worker == worker && isCounted($0.handle) }
    }
}

extension HandoverTable: Sequence {
    func makeIterator() -> some IteratorProtocol<Handover> { handovers.values.makeIterator() }
}
