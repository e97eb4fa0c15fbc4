// SPDX-License-Identifier: Apache-2.0

import Shared

// The sockets that the settings name (`listen`) and workers are started with: all workers have the same ones, whatever
// the policy is. With a socket for each worker, what waits in that of one that died could not be given to another,
// because these programs take no connections from the primary.
extension PrimaryStateMachine {
    /// Makes the sockets of the next workers, where they are not there yet. Each is reported by `didBind`.
    ///
    /// - Returns: those that are new.
    mutating func openSockets() -> [HandleID] {
        var opened: [HandleID] = []
        for (key, url) in zip(HandleKey.keys(of: settings.listen), settings.listen) where handleIDs[key] == nil {
            let id = nextHandleID()
            handles[id] = Handle(key: key, policy: .none, capacity: 0)
            handleIDs[key] = id
            act(.open(id, key, url))
            opened.append(id)
        }
        return opened
    }

    /// Gives sockets up again that no worker was started with.
    mutating func closeSockets(_ ids: [HandleID]) {
        for id in ids where handles[id] != nil && !isHeld(id) { close(id) }
    }

    /// For the next worker.
    var inheritedSockets: [HandleID] {
        HandleKey.keys(of: settings.listen).map { key in
            guard let id = handleIDs[key] else { preconditionFailure("a fork before its sockets are open") }
            return id
        }
    }

    /// Whether a living process has it. It listens there whatever it was told, and so the address could not be bound
    /// anew.
    func isHeld(_ id: HandleID) -> Bool {
        workers.values.contains { !$0.info.dead && $0.sockets.contains(id) }
    }

    /// The worker serves the sockets that it was started with.
    mutating func didBecomeReady(_ id: WorkerID, at time: Timestamp) {
        guard let record = workers[id], record.isAwaited, record.mayListen else { return }
        workers[id]!.didBecomeReady()
        for socket in record.sockets {
            if let handle = handles[socket] { didListen(id, on: handle.listeningAddress, at: time) }
        }
    }

    /// Its process has ended, and with it its copies of the sockets.
    mutating func letGoOfSockets(_ id: WorkerID) {
        for socket in workers[id]?.sockets ?? [] {
            _ = handles[socket]?.leave(id)
            if handles[socket]?.workers.isEmpty == true { didAbandon(socket) }
        }
    }
}
