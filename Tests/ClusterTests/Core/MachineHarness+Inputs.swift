// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// What the driver, the workers, the kernel and callers tell the machine.
extension MachineHarness {
    func fork(_ requestID: String? = nil, environment: [String: String] = [:]) throws(ClusterError) -> WorkerID {
        defer { run() }
        try machine.checkFork(count: 1)
        try openSockets()
        let order = try machine.orderFork(count: 1, environment: environment, requestID: requestID)
        guard let id = machine.forkNext(order, at: now) else { preconditionFailure("an order is lost at once") }
        return id
    }

    /// Begins a fork of several.
    func orderFork(_ count: Int) throws(ClusterError) -> ForkOrder.ID {
        defer { run() }
        try machine.checkFork(count: count)
        try openSockets()
        return try machine.orderFork(count: count, environment: [:], requestID: nil)
    }

    /// Nil if the order has been withdrawn.
    func forkNext(_ order: ForkOrder.ID) -> WorkerID? {
        defer { run() }
        return machine.forkNext(order, at: now)
    }

    /// As the driver does before a fork.
    private func openSockets() throws(ClusterError) {
        let opened = machine.openSockets(machine.settings.listen)
        run()
        guard opened.contains(where: { machine.handles[$0] == nil }) else { return }
        machine.closeSockets(opened)
        run()
        throw ClusterError(.failedPrecondition, .listenFailed, "a socket that cannot be made")
    }

    /// Forks a worker that is online.
    func forkOnline() throws(ClusterError) -> WorkerID {
        let id = try fork()
        comeOnline(id)
        return id
    }

    /// Forks a worker for an instance, and lets it be online.
    func forkOnline(instance: Int) throws(ClusterError) -> WorkerID {
        try openSockets()
        let order = try machine.orderSupervisedFork(
            machine.settings, environment: [:], instance: instance, requestID: nil)
        guard let id = forkNext(order) else { preconditionFailure("an order is lost at once") }
        comeOnline(id)
        return id
    }

    func comeOnline(_ id: WorkerID) {
        machine.didComeOnline(id, at: now)
        run()
    }

    func staySilent(_ id: WorkerID) {
        machine.didStaySilent(id, at: now)
        run()
    }

    func becomeReady(_ id: WorkerID) {
        machine.didBecomeReady(id, at: now)
        run()
    }

    /// - Returns: the query, whose key and sequence name the answer.
    @discardableResult
    func query(
        _ id: WorkerID, _ key: HandleKey = .port(8000), data: JSONValue? = nil, isLost: Bool = false
    ) -> ServerQuery {
        querySequence += 1
        let query = ServerQuery(
            sequence: querySequence, key: key, flags: 0, backlog: nil, readableAll: false, writableAll: false,
            data: data)
        machine.didQuery(id, query, isLost: isLost)
        run()
        return query
    }

    /// Answers the oldest socket that is pending.
    func bind(errno: Int32) {
        guard !pendingBinds.isEmpty else { return }
        finishBind(pendingBinds.removeFirst(), errno)
        run()
    }

    func closeServer(_ id: WorkerID, _ key: HandleKey = .port(8000)) {
        if let handle = machine.handles.id(of: key), workers[id]?.serving.remove(handle) != nil {
            forgetRest(id, handle)
            handles[handle]?.isClosedByWorkers = !workers.values.contains { $0.serving.contains(handle) }
        }
        machine.didCloseServer(id, key: key.text)
        run()
    }

    @discardableResult
    func accept(_ key: HandleKey = .port(8000)) -> ConnectionID {
        accept(on: machine.handles.id(of: key) ?? HandleID(rawValue: -1))
    }

    @discardableResult
    func accept(on handle: HandleID, bucket: Int? = nil) -> ConnectionID {
        connectionNumber += 1
        let connection = ConnectionID(rawValue: connectionNumber)
        connections[connection] = ConnectionModel(handle: handle)
        machine.didAccept(connection, on: handle, bucket: bucket)
        run()
        return connection
    }

    /// A connection whose client is not known yet.
    @discardableResult
    func acceptUnread(on handle: HandleID) -> ConnectionID {
        connectionNumber += 1
        let connection = ConnectionID(rawValue: connectionNumber)
        connections[connection] = ConnectionModel(handle: handle, place: .unread)
        machine.didAcceptUnread(connection, on: handle)
        run()
        return connection
    }

    func mayAwaitClient(on handle: HandleID) -> Bool { machine.mayAwaitClient(on: handle) }

    /// The client of a connection is known.
    func read(_ connection: ConnectionID, bucket: Int?) {
        guard let model = connections[connection], model.place == .unread else { return }
        connections[connection]?.place = .waiting
        machine.didRead(connection, on: model.handle, bucket: bucket)
        run()
    }

    /// The worker answers the oldest connection that it was sent. Returns which.
    @discardableResult
    func answer(_ id: WorkerID, accepted: Bool) -> ConnectionID? {
        guard let delivery = takeDelivery(id) else { return nil }
        if accepted { connections[delivery.connection]?.place = .accepted } else { decline(id, delivery) }
        machine.didAcknowledge(id, sequence: delivery.sequence, accepted: accepted)
        run()
        return delivery.connection
    }

    /// The oldest connection reached the worker without its descriptor.
    func refuse(_ id: WorkerID) {
        guard let delivery = takeDelivery(id) else { return }
        decline(id, delivery)
        machine.didFailHandover(id, sequence: delivery.sequence)
        run()
    }

    /// The timer of the oldest rest fires.
    func rest() {
        guard !rests.isEmpty else { return }
        let handle = rests.removeFirst()
        for id in workers.keys { forgetRest(id, handle) }
        machine.didRest(handle)
        run()
    }

    /// The timer of the oldest linger fires.
    func linger() {
        guard !lingers.isEmpty else { return }
        let (handle, number) = lingers.removeFirst()
        // An older timer of the same socket means nothing.
        handles[handle]?.hasLingered = !lingers.contains { $0.handle == handle }
        machine.didLinger(handle, number: number)
        run()
        handles[handle]?.hasLingered = false
    }

    /// Nothing waits in the sockets of the oldest of them any more, or its time is over.
    ///
    /// - Returns: false if there is none.
    @discardableResult
    func endEmptying() -> Bool {
        guard !emptied.isEmpty else { return false }
        machine.didEmpty(emptied.removeFirst())
        if holdsEmptying { run() }
        return true
    }

    func endChannel(_ id: WorkerID) {
        // A program that has no use for its channel may close it and live on.
        if machine.workers[id]?.isSilent != true || workers[id]?.isRunning == false { didLoseChannel(id) }
        machine.didCloseChannel(id, at: now)
        run()
    }

    /// The worker closes its end too, some time after the primary has said its last word.
    func finishChannel(_ id: WorkerID) {
        loseDeliveries(id)
        machine.didFinishChannel(id)
        run()
    }

    func exit(
        _ id: WorkerID, code: Int32? = 0, signal: Int32? = nil, stderr: String? = nil, survivors: [Int32] = []
    ) {
        workers[id]?.isRunning = false
        if workers[id]?.isConnected == false { loseDeliveries(id) }
        for socket in workers[id]?.inherited ?? [] { workers[id]?.serving.remove(socket) }
        let outcome = ProcessOutcome(
            code: code, signal: signal, maxRssBytes: 1, userMs: 2, systemMs: 3, stderr: stderr, survivors: survivors)
        if !survivors.isEmpty { sessions.insert(id) }
        machine.didExit(id, outcome, at: now, now: instant)
        run()
    }

    func disconnect(
        _ id: WorkerID, abrupt: Bool = false, within limit: Duration? = nil, _ requestID: String? = nil
    ) throws(ClusterError) {
        _ = try machine.disconnect(id, abrupt: abrupt, within: limit, requestID: requestID, at: now, now: instant)
        run()
    }

    func disconnectAll(within limit: Duration? = nil, _ requestID: String? = nil) {
        require(
            (try? machine.disconnectAll(within: limit, requestID: requestID, at: now, now: instant)) != nil,
            "disconnect is refused")
        run()
    }

    func kill(_ id: WorkerID, _ signal: Signal, _ requestID: String? = nil) throws(ClusterError) {
        _ = try machine.kill(id, signal: signal, requestID: requestID)
        run()
    }

    func stop(within grace: Duration) {
        machine.stop(within: grace, at: now, now: instant)
        run()
    }

    /// What a worker has left behind ends.
    func endSession(_ id: WorkerID) {
        sessions.remove(id)
    }

    /// Lets time pass, with all that was to be done meanwhile.
    func advance(by duration: Duration) {
        let end = instant + duration
        while let next = wake, next <= end {
            instant = max(instant, next)
            wake = nil
            machine.didWake(now: instant)
            run()
        }
        instant = end
    }

    /// The worker's server accepts.
    func listen(_ id: WorkerID, port: Int = 8000) {
        let address = ListeningAddress(address: nil, port: port, addressType: .tcp4)
        for handle in workers[id]?.serving ?? [] where machine.handles[handle]?.announcedAddress == address {
            handles[handle]?.listening.insert(id)
        }
        machine.didListen(id, on: address, at: now)
        run()
    }

    func pause(_ id: WorkerID) throws(ClusterError) {
        defer { run() }
        _ = try machine.pause(id)
    }

    func resume(_ id: WorkerID) throws(ClusterError) {
        defer { run() }
        _ = try machine.resume(id)
    }

    /// The watch looks, this many times.
    func look(_ times: Int = 1, stopped: Set<WorkerID> = [], backlogs: [HandleID: Set<SlotID>] = [:]) {
        for _ in 0..<times {
            machine.didLook(WatchReport(stopped: stopped, backlogs: backlogs))
            run()
        }
    }

    /// The worker answers that it is there.
    func answerProbe(_ id: WorkerID) {
        probes.removeAll { $0 == id }
        machine.didAnswerProbe(id)
        run()
    }

    /// The driver finds the worker stopped when it is to send it the newest connection.
    func findStopped(_ id: WorkerID) {
        guard let delivery = workers[id]?.deliveries.popLast() else { return }
        connections[delivery.connection]?.place = .waiting
        machine.didFindStopped(id, sequence: delivery.sequence)
        run()
    }
}
