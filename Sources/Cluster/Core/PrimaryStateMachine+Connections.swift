// SPDX-License-Identifier: Apache-2.0

import Shared

extension PrimaryStateMachine {
    /// - Parameter bucket: of its client, if clients keep their instance.
    mutating func didAccept(_ connection: ConnectionID, on handle: HandleID, bucket: Int? = nil) {
        let isScarceNow = connectionBudget.didAccept()
        // In place: a handle that is read from the table is copied, and this happens for each connection.
        let isQueued = handles.update(handle) { $0.queue?.didAccept(connection, bucket: bucket) != nil }
        guard isQueued == true else { return closeConnection(connection) }
        distribute(handle)
        if isScarceNow { distributeAll() }
    }

    /// Whether a connection may wait until its client is known. Clients that say nothing get a quarter of the room, so that
    /// they do not keep others from being accepted.
    mutating func mayAwaitClient(on handle: HandleID) -> Bool {
        let part = connectionBudget.part(of: handles.count)
        return handles.update(handle) { handle in
            guard handle.emptying == .notBegun else { return false }
            return handle.queue.map { $0.unread.count < max(1, min($0.capacity, part) / 4) } ?? false
        } ?? false
    }

    /// Whether what the primary accepts goes to the instance of its client.
    mutating func keepsClients(on handle: HandleID) -> Bool {
        steering.isSticky && handles.update(handle) { $0.keepsClients } == true
    }

    /// A connection whose client is known only when it has said something. `didRead` follows, or its end.
    mutating func didAcceptUnread(_ connection: ConnectionID, on handle: HandleID) {
        let isScarceNow = connectionBudget.didAccept()
        guard handles[handle]?.queue != nil else { return closeConnection(connection) }
        handles.update(handle) { $0.queue?.didAcceptUnread(connection) }
        // If there is no more room now, a client need not wait for its worker.
        distribute(handle)
        if isScarceNow { distributeAll() }
    }

    mutating func didRead(_ connection: ConnectionID, on handle: HandleID, bucket: Int?) {
        guard handles.update(handle, { $0.queue?.didRead(connection, bucket: bucket) }) == true else { return }
        distribute(handle)
    }

    /// A worker has answered `newconn`.
    mutating func didAcknowledge(_ worker: WorkerID, sequence: Int, accepted: Bool) {
        guard let handover = handovers.end(sequence, by: worker) else { return }
        handles.update(handover.handle) { $0.queue?.didAnswer(worker) }
        if accepted {
            closeConnection(handover.connection)
            distribute(handover.handle)
        } else {
            didDecline(handover)
        }
        // Comes last: one that declines rests first.
        didHear(worker)
    }

    /// The worker got the message but not the descriptor (NODE_HANDLE_NACK): it has no descriptor to spare.
    mutating func didFailHandover(_ worker: WorkerID, sequence: Int) {
        guard let handover = handovers.end(sequence, by: worker) else { return }
        handles.update(handover.handle) { $0.queue?.didAnswer(worker) }
        didDecline(handover)
        didHear(worker)
    }

    /// The worker declines: its server is closing or full. The connection goes to another worker. This worker gets none
    /// for a moment, because nothing tells when it has room again.
    private mutating func didDecline(_ handover: Handover) {
        guard let queue = handles[handover.handle]?.queue else { return closeConnection(handover.connection) }
        if queue.contains(handover.worker) {
            handles.update(handover.handle) { $0.queue?.rest(handover.worker) }
            act(.rest(handover.handle))
        }
        // Its client keeps the instance, but not for this connection.
        handles.update(handover.handle) { $0.queue?.giveBack(handover.connection) }
        distribute(handover.handle)
    }

    mutating func didRest(_ handle: HandleID) {
        guard handles.update(handle, { $0.queue?.wakeAll() }) != nil else { return }
        distribute(handle)
    }

    /// The worker has not begun to serve connections that it has not answered, so they go to others, oldest first.
    mutating func takeBackHandovers(of worker: WorkerID) {
        let lost = handovers.removeAll(of: worker)
        for handover in lost {
            if handles[handover.handle]?.queue != nil {
                didReturnConnection(from: workers[worker]?.info.instance)
                handles.update(handover.handle) { $0.queue?.giveBack(handover.connection, bucket: handover.bucket) }
            } else {
                closeConnection(handover.connection)
            }
        }
        for handle in Set(lost.map(\.handle)) where handles[handle] != nil { distribute(handle) }
    }

    /// A worker has the connection, or nobody will.
    mutating func closeConnection(_ connection: ConnectionID) {
        act(.closeConnection(connection))
        guard connectionBudget.didClose() else { return }
        distributeAll()
    }

    /// The limit for all handles has changed.
    private mutating func distributeAll() {
        for id in handles.map(\.key).sorted(by: { $0.rawValue < $1.rawValue }) { distribute(id) }
    }

    /// How many more connections of a handle may wait.
    func roomForConnections(of id: HandleID) -> Int {
        handles[id]?.queue?.room(within: connectionBudget.share(of: handles.count)) ?? 0
    }

    /// Hands over as many waiting connections as workers are free for.
    mutating func distribute(_ id: HandleID) {
        let share = connectionBudget.share(of: handles.count)
        while let (entry, worker) = handles.update(id, { $0.queue?.next(within: share) }) ?? nil {
            let sequence = nextSequence()
            let handover = Handover(
                connection: entry.connection, handle: id, worker: worker, bucket: entry.bucket, tick: watchTick)
            handovers.begin(handover, sequence: sequence)
            act(.handOver(entry.connection, through: id, to: worker, sequence: sequence))
        }
        adjustPause(id)
    }
}
