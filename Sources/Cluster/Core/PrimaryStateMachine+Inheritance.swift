// SPDX-License-Identifier: Apache-2.0

import Shared

// The sockets that the settings name (`listen`). All workers start with the same ones, under every policy. If each
// worker had its own, nobody could serve the connections that wait in a dead worker's socket, because these programs
// take no connections from the primary.
extension PrimaryStateMachine {
    /// Makes the sockets of the next workers that are not there yet. Each is reported by `didBind`.
    ///
    /// - Parameter lost: unix sockets that cannot be reached by their paths any more. Another is made for each; the workers
    ///   that have it keep it.
    /// - Returns: the new ones.
    mutating func openSockets(_ urls: [ListenURL], lost: [HandleID] = []) -> [HandleID] {
        for id in lost { replace(id) }
        var opened: [HandleID] = []
        for (key, url) in zip(HandleKey.keys(of: urls), urls) where handles.id(of: key) == nil {
            let id = handles.insert(Handle(key: key, policy: .none, capacity: 0))
            act(.open(id, key, url))
            opened.append(id)
        }
        return opened
    }

    private mutating func replace(_ id: HandleID) {
        guard let handle = handles[id], handles.hasKey(id) else { return }
        handles.giveUpKey(id)
        if handle.workers.isEmpty, !isHeld(id) { close(id) }
    }

    /// Gives sockets up again that no worker was started with.
    mutating func closeSockets(_ ids: [HandleID]) {
        for id in ids where handles[id] != nil && !isHeld(id) { close(id) }
    }

    /// For the next worker.
    func inheritedSockets(of settings: ClusterSettings) -> [HandleID] {
        HandleKey.keys(of: settings.listen).map { key in
            guard let id = handles.id(of: key) else { preconditionFailure("a fork before its sockets are open") }
            return id
        }
    }

    /// The socket that a worker names by one of its own numbers, from 3 on, if it was started with sockets. A program
    /// without a channel finds them there.
    func ownSocket(_ id: WorkerID, _ query: ServerQuery) -> HandleID? {
        guard let sockets = workers[id]?.sockets, let fd = query.key.fd else { return nil }
        // Compared before it is counted from: a worker may send any number.
        guard fd >= DescriptorPlaces.firstSocket, fd - DescriptorPlaces.firstSocket < sockets.count else { return nil }
        return sockets[fd - DescriptorPlaces.firstSocket]
    }

    /// The worker has the socket already and keeps it, whatever it closes. So nothing is counted.
    mutating func shareOwnSocket(_ socket: HandleID, with id: WorkerID, _ query: ServerQuery) {
        let reply = ServerReply(
            acknowledged: query.sequence, key: query.key.text, errno: 0, data: query.data, name: nil)
        act(.share(socket, nil, with: id, reply))
    }

    /// Whether a living process has the socket, or an ordered one will have it. The process may listen on it whatever
    /// it was told, so the address could not be bound again.
    func isHeld(_ id: HandleID) -> Bool {
        workers.isHeld(id)
            || forkOrders.values.contains { $0.sockets.contains(id) }
    }

    /// The worker serves the sockets that it was started with.
    mutating func didBecomeReady(_ id: WorkerID, at time: Timestamp) {
        guard let record = workers[id], record.isAwaited, record.mayListen else { return }
        workers.update(id) { $0.didBecomeReady() }
        for socket in record.sockets {
            if let handle = handles[socket] { didListen(id, on: handle.listeningAddress, at: time) }
        }
    }

    /// Its process has ended, and with it its copies of the sockets.
    mutating func letGoOfSockets(_ id: WorkerID) {
        for socket in workers[id]?.sockets ?? [] {
            _ = handles.update(socket) { $0.leave(id) }
            if handles[socket]?.workers.isEmpty == true { didAbandon(socket) }
        }
    }
}
