// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared

extension PrimaryStateMachine {
    /// A worker wants to listen (`queryServer`).
    ///
    /// - Parameter isLost: the unix socket that there is for this key cannot be reached by its path any more.
    mutating func didQuery(_ id: WorkerID, _ query: ServerQuery, isLost: Bool = false) {
        guard let record = workers[id], record.mayListen else { return }
        guard record.served[query.key.text] != nil || record.served.count < maxSocketsPerWorker else {
            return act(.breakChannel(id, .tooManySockets))
        }
        if let own = ownSocket(id, query) { return shareOwnSocket(own, with: id, query) }
        // A socket that is about to close takes nobody. This worker gets another one.
        if let old = handles.id(of: query.key), handles[old]?.emptying != .notBegun { endEmptying() }
        let handleID = handles.id(of: query.key) ?? open(query)
        switch handles.update(handleID, { $0.admit(id, query, isLost: isLost) }) {
        case nil, .waits: break
        case .rebinds(let use): act(.bind(handleID, query, use))
        case .open(let name): admit(id, query, to: handleID, name)
        }
    }

    private mutating func open(_ query: ServerQuery) -> HandleID {
        let handle = Handle(
            key: query.key, policy: policy(for: query.key), capacity: maxPendingConnections,
            isSticky: steering.isSticky)
        let id = handles.insert(handle)
        act(.bind(id, query, handle.use))
        return id
    }

    private func policy(for key: HandleKey) -> SchedulingPolicy {
        // Datagrams have no connections that could be handed over.
        if key.addressType.isDatagram { return .none }
        // We may not change the flags of a socket that this process was started with. If accept(2) blocks on it, a
        // worker that accepts would hang whenever another worker is quicker.
        if key.fd.map({ $0 >= 0 }) == true { return .roundRobin }
        // Only TCP has several sockets at one address.
        return settings.schedulingPolicy == .reuseport && key.addressType == .pipe
            ? .roundRobin : settings.schedulingPolicy
    }

    /// - Parameter errno: zero if the socket is there.
    mutating func didBind(_ id: HandleID, _ name: BoundName?, errno: Int32) {
        guard let handle = handles[id] else { preconditionFailure("a socket that was not asked for") }
        let queries: [(worker: WorkerID, query: ServerQuery)]
        switch handle.phase {
        case .binding(let waiting):
            queries = waiting
            // Forgotten, so that the next worker tries again.
            if errno != 0 { handles.remove(id) }
        case .rebinding(let waiting):
            queries = waiting
            if errno == 0 {
                // The new socket is accepted from until the driver is told otherwise.
                handles.update(id) { $0.isPaused = false }
            } else {
                // Workers that have the old socket keep it. It is a unix socket, and its path leads elsewhere.
                handles.update(id) { $0.phase = .open(nil) }
                if handle.workers.isEmpty { close(id) }
            }
        case .open:
            preconditionFailure("a socket that was not asked for")
        }
        guard errno == 0 else {
            for (worker, query) in queries {
                let reply = ServerReply(
                    acknowledged: query.sequence, key: query.key.text, errno: errno, data: handle.data, name: nil)
                act(.send(worker, .server(reply)))
            }
            return
        }
        handles.update(id) { $0.phase = .open(name) }
        for (worker, query) in queries where workers[worker]?.mayListen == true {
            admit(worker, query, to: id, name)
        }
        // Workers that have gone meanwhile leave its slots to the primary.
        settleSlots(id)
        // Forks may wait for this socket, because workers are started with it.
        if handles[id]?.workers.isEmpty == true, !handle.key.isInherited { return didAbandon(id) }
        // All who asked may have gone, and a socket that was bound anew accepts, whether there is room or not.
        adjustPause(id)
    }

    private mutating func admit(_ worker: WorkerID, _ query: ServerQuery, to id: HandleID, _ name: BoundName?) {
        let instance = workers[worker]?.info.instance
        let obstacles = workers[worker]?.obstacles ?? []
        let assignment = handles.update(id) {
            $0.slots?.assign(worker, of: instance, query, obstacles: obstacles)
        }
        guard let (slot, isMissing) = assignment ?? nil else { return admit(worker, query, to: id, nil, name) }
        // If the primary has the slot, it lets go of it first.
        settleSlots(id)
        if isMissing { return act(.bindSlot(id, slot)) }
        admit(worker, query, to: id, slot, name)
    }

    private mutating func admit(
        _ worker: WorkerID, _ query: ServerQuery, to id: HandleID, _ slot: SlotID?, _ name: BoundName?
    ) {
        let unanswered = handovers.count(of: worker) { $0 == id }
        let record = workers[worker]
        handles.update(id) { $0.join(worker, record, unanswered: unanswered) }
        guard let handle = handles[id] else { return }
        workers.update(worker) { $0.didJoin(id, under: query.key) }
        let reply = ServerReply(
            acknowledged: query.sequence, key: query.key.text, errno: 0, data: handle.data, name: name)
        switch handle.use {
        case .accepted: act(.send(worker, .server(reply)))
        case .shared, .slots: act(.share(id, slot, with: worker, reply))
        }
        distribute(id)
    }

    /// - Parameter errno: zero if the socket is there.
    mutating func didBindSlot(_ id: HandleID, _ slot: SlotID, errno: Int32) {
        guard case .open(let name) = handles[id]?.phase else { return }
        let waiting = handles.update(id) { $0.slots?.didBind(slot, succeeded: errno == 0) } ?? nil
        guard let (worker, query) = waiting, workers[worker]?.mayListen == true else {
            // One that could not be made would be asked for again at once.
            if errno == 0 { settleSlots(id) }
            return
        }
        guard errno == 0 else {
            let reply = ServerReply(
                acknowledged: query.sequence, key: query.key.text, errno: errno, data: handles[id]?.data, name: nil)
            return act(.send(worker, .server(reply)))
        }
        // The slot is free now, and this worker takes it, unless an earlier query of it got another one in the
        // meantime.
        admit(worker, query, to: id, name)
    }

    /// A server in a worker closes. If it was the last one of this socket, the program wants the port closed, as in Node.
    ///
    /// A worker closes only what it has asked for. The sockets that it was started with are not its own to close.
    mutating func didCloseServer(_ worker: WorkerID, key: String) {
        guard let id = workers[worker]?.served[key], let handle = handles[id] else { return }
        workers.update(worker) { $0.didStopListening(on: handle.announcedAddress) }
        guard leave(worker, id), handles[id]?.workers.isEmpty == true, handles[id]?.isRebinding == false else { return }
        close(id)
        // The worker still has to answer for them, but they count in no queue any more.
        let unanswered = handovers.count(of: worker) { handles[$0] == nil }
        if unanswered > maxUnansweredConnections { act(.breakChannel(worker, .connectionsNotAnswered)) }
    }

    mutating func removeFromHandles(_ worker: WorkerID) {
        guard let record = workers[worker] else { return }
        // The worker closes these servers too. What it says about them later finds no handle.
        for handle in record.served.values.compactMap({ handles[$0] }) {
            workers.update(worker) { $0.didStopListening(on: handle.announcedAddress) }
        }
        for id in Array(record.served.values) + record.sockets {
            if leave(worker, id), handles[id]?.workers.isEmpty == true { didAbandon(id) }
        }
    }

    /// False if the worker did not use this socket.
    private mutating func leave(_ worker: WorkerID, _ id: HandleID) -> Bool {
        guard let key = handles[id]?.key, handles.update(id, { $0.leave(worker) }) == true else { return false }
        workers.update(worker) { $0.didLeave(key) }
        guard handles[id]?.slots != nil else {
            // Sticky clients that waited for it have another worker now.
            if handles[id]?.keepsClients == true, handles[id]?.workers.isEmpty == false { distribute(id) }
            return true
        }
        // Other workers take what waits in its socket.
        handles.update(id) { $0.slots?.abandon(worker) }
        settleSlots(id)
        adjustPause(id)
        return true
    }

    /// The last worker has gone without closing this handle. Node closes it and resets the connections that wait. We
    /// let it linger while workers are meant to exist, so that a replacement can serve them. The time is bounded: a
    /// program may listen at another place each time, and clients of a port that nobody serves would wait forever.
    mutating func didAbandon(_ id: HandleID) {
        // Some worker waits for the new socket. This is decided when the socket is there.
        guard let handle = handles[id], !handle.isRebinding else { return }
        guard isWanted(id, handle.key), handle.emptying == .notBegun else { return close(id) }
        adjustPause(id)
        guard !handle.key.isInherited, let number = handles.update(id, { $0.beginLingering() }) else { return }
        act(.linger(id, number: number, for: listenerLinger))
    }

    /// - Parameter number: of the timer.
    mutating func didLinger(_ id: HandleID, number: Int) {
        guard let handle = handles[id], handle.lingerNumber == number, handle.workers.isEmpty, !handle.isRebinding
        else { return }
        close(id)
    }

    /// Whether a socket without workers is kept.
    func isWanted(_ id: HandleID, _ key: HandleKey) -> Bool {
        guard key.isInherited else { return intent == .workers && listenerLinger > .zero }
        let urls = expectation?.listen ?? settings.listen
        return isHeld(id)
            || (intent == .workers && handles.hasKey(id) && HandleKey.keys(of: urls).contains(key))
    }

    /// Takes the supervisor's plan for workers. From here on the plan decides which handles without workers stay open,
    /// and not whether somebody has forked: nobody replaces a worker that a command has forked.
    mutating func expect(_ expectation: WorkerExpectation) {
        self.expectation = expectation
        intent = expectation.isEmpty ? .none : .workers
        closeAbandonedHandles()
        guard !expectation.isReplacementDue else { return }
        // No worker will come to serve what waits in them.
        for (id, handle) in handles where handle.workers.isEmpty && !handle.key.isInherited && !handle.isRebinding {
            if case .open = handle.phase { close(id) }
        }
    }

    mutating func closeAbandonedHandles() {
        for (id, handle) in handles
        where handle.workers.isEmpty && !handle.isRebinding && !isWanted(id, handle.key) {
            if case .open = handle.phase { close(id) }
        }
    }

    mutating func close(_ id: HandleID) {
        let waiting = handles.update(id) { $0.queue?.removeAll() ?? [] } ?? []
        handles.remove(id)
        for connection in waiting { closeConnection(connection) }
        act(.closeHandle(id))
    }

    /// Tells the driver to stop accepting, or to go on, if that has changed.
    mutating func adjustPause(_ id: HandleID) {
        let share = connectionBudget.share(of: handles.count)
        guard let isPaused = handles.update(id, { $0.changedPause(within: share) }) ?? nil else { return }
        act(isPaused ? .pause(id) : .resume(id))
    }
}
