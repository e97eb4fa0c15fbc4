// SPDX-License-Identifier: Apache-2.0

import Shared

extension PrimaryStateMachine {
    mutating func didAccept(_ connection: ConnectionID, on handle: HandleID) {
        guard handles[handle]?.queue != nil else { return act(.closeConnection(connection)) }
        handles[handle]?.queue?.didAccept(connection)
        distribute(handle)
    }

    /// A worker has answered `newconn`.
    mutating func didAcknowledge(_ worker: WorkerID, sequence: Int, accepted: Bool) {
        // A worker can only speak for what it was sent itself.
        guard let handover = handovers[sequence], handover.worker == worker else { return }
        handovers[sequence] = nil
        handles[handover.handle]?.queue?.didAnswer(worker)
        if accepted {
            act(.closeConnection(handover.connection))
            distribute(handover.handle)
        } else {
            didDecline(handover)
        }
    }

    /// The worker got the message but not the descriptor (NODE_HANDLE_NACK): it has no number to spare.
    mutating func didFailHandover(_ worker: WorkerID, sequence: Int) {
        guard let handover = handovers[sequence], handover.worker == worker else { return }
        handovers[sequence] = nil
        handles[handover.handle]?.queue?.didAnswer(worker)
        didDecline(handover)
    }

    /// The worker's server is closing or full. The connection goes to another; this one is left alone for a
    /// moment, for nothing tells when it has room again.
    private mutating func didDecline(_ handover: Handover) {
        guard let queue = handles[handover.handle]?.queue else { return act(.closeConnection(handover.connection)) }
        if queue.contains(handover.worker) {
            handles[handover.handle]?.queue?.rest(handover.worker)
            act(.rest(handover.handle))
        }
        handles[handover.handle]?.queue?.giveBack(handover.connection)
        distribute(handover.handle)
    }

    mutating func didRest(_ handle: HandleID) {
        guard handles[handle] != nil else { return }
        handles[handle]!.queue?.wakeAll()
        distribute(handle)
    }

    /// What the worker has not answered it has not begun to serve: it goes to others, oldest first.
    mutating func takeBackHandovers(of worker: WorkerID) {
        let lost = handovers.filter { $0.value.worker == worker }.sorted { $0.key > $1.key }
        for (sequence, handover) in lost {
            handovers[sequence] = nil
            if handles[handover.handle]?.queue != nil {
                didReturnConnection()
                handles[handover.handle]?.queue?.giveBack(handover.connection)
            } else {
                act(.closeConnection(handover.connection))
            }
        }
        for handle in Set(lost.map(\.value.handle)) where handles[handle] != nil { distribute(handle) }
    }

    /// Hands over as many waiting connections as workers are free for.
    mutating func distribute(_ id: HandleID) {
        while let (connection, worker) = handles[id]?.queue?.next() {
            let sequence = nextSequence()
            handovers[sequence] = Handover(connection: connection, handle: id, worker: worker)
            act(.handOver(connection, through: id, to: worker, sequence: sequence))
        }
        adjustPause(id)
    }
}
