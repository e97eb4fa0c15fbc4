// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// Plays the driver, the kernel and the workers: does a machine's actions in memory and keeps account of what
/// they did. An action that no driver should be asked for is a violation.
final class MachineHarness {
    var machine: PrimaryStateMachine
    var workers: [WorkerID: WorkerModel] = [:]
    var handles: [HandleID: HandleModel] = [:]
    var connections: [ConnectionID: ConnectionModel] = [:]
    /// Sockets that the machine asked for and that are neither bound nor refused yet, oldest first.
    private(set) var pendingBinds: [HandleID] = []
    /// Handles for which `didRest` is due.
    private(set) var rests: [HandleID] = []
    /// Timers of sockets without workers, oldest first.
    private(set) var lingers: [(handle: HandleID, number: Int)] = []
    private(set) var events: [PrimaryEvent] = []
    var violations: [String] = []

    /// What the next sockets are answered with; nil leaves them pending.
    var bindErrno: Int32? = 0
    /// What the next sockets at a port that is bound already are answered with.
    var slotErrno: Int32 = 0
    /// What the next sockets that workers are to be started with are answered with.
    var openErrno: Int32 = 0
    var spawnSucceeds = true
    /// Whether the workers' program is Node's.
    var runsNode = true
    /// The workers whose first word is awaited for a time.
    private(set) var awaited: [WorkerID] = []

    /// The workers whose sessions have others that live on.
    private var sessions: Set<WorkerID> = []
    private(set) var forgottenSessions: [WorkerID] = []
    /// When the machine is to be called.
    private var wake: ContinuousClock.Instant?
    /// What those were told who have stopped the primary.
    private(set) var stops: [[WorkerID]] = []
    private(set) var instant = ContinuousClock.now

    private var clock: Int64 = 0
    private var connectionNumber: UInt64 = 0
    private var querySequence = 0
    private var pid: Int32 = 1000

    init(_ configure: (inout PrimaryConfiguration) -> Void = { _ in }) {
        var configuration = PrimaryConfiguration()
        configuration.settings.exec = "worker.js"
        configure(&configuration)
        machine = PrimaryStateMachine(configuration)
    }

    /// A moment later each time.
    var now: Timestamp {
        clock += 1
        return Timestamp(milliseconds: clock)
    }

    // MARK: Inputs

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
        let opened = machine.openSockets()
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
    func accept(on handle: HandleID) -> ConnectionID {
        connectionNumber += 1
        let connection = ConnectionID(rawValue: connectionNumber)
        connections[connection] = ConnectionModel(handle: handle)
        machine.didAccept(connection, on: handle)
        run()
        return connection
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

    // MARK: Actions

    /// Does what the machine wants until it wants nothing more.
    func run() {
        while let action = machine.nextAction() { run(action) }
    }

    private func run(_ action: Action) {
        switch action {
        case .spawn(let id, _, let settings, let environment, let sockets):
            spawn(id, settings, environment, sockets)
        case .send(let id, let message):
            didSend(message, to: id)
        case .share(let handle, let slot, let id, let reply):
            require(handles[handle]?.phase == .open, "\(handle) is shared but not open")
            share(handle, slot, with: id)
            workers[id]?.sharedWith.append(handle)
            didSend(.server(reply), to: id)
        case .handOver(let connection, let handle, let id, let sequence):
            handOver(connection, handle, id, sequence)
        case .closeConnection(let connection):
            closeConnection(connection)
        case .bind(let id, let query, let use):
            bind(id, query, use)
        case .open(let id, let key, _):
            require(handles[id] == nil && key.isInherited, "\(id) is opened twice, or as what it is not")
            handles[id] = HandleModel(.shared, isInherited: true)
            finishBind(id, openErrno)
        case .bindSlot(let id, let slot):
            bindSlot(id, slot)
        case .adopt(let id, let slot):
            adopt(id, slot)
        case .release(let id, let slot):
            require(handles[id]?.slots[slot] == .adopted, "\(slot) of \(id) is released but not adopted")
            handles[id]?.slots[slot] = .free
        case .pause(let id):
            require(handles[id]?.isPaused == false, "\(id) is paused twice")
            handles[id]?.isPaused = true
        case .resume(let id):
            require(handles[id]?.isPaused == true, "\(id) is resumed without a pause")
            handles[id]?.isPaused = false
        case .closeHandle(let id):
            closeHandle(id)
        case .rest(let id):
            // One timer serves all workers of a handle.
            if !rests.contains(id) { rests.append(id) }
        case .linger(let id, let number, _):
            lingers.append((id, number))
        case .awaitWord(let id, _):
            awaited.append(id)
        case .closeChannel(let id):
            require(workers[id]?.isConnected == true, "the channel of \(id) is closed twice")
            beginToFinish(id)
            machine.didCloseChannel(id, .finishing, at: now)
        case .breakChannel(let id, let reason):
            didLoseChannel(id)
            machine.didCloseChannel(id, .broken(reason), at: now)
        case .signal(let id, let signal):
            require(workers[id]?.isRunning == true, "\(id) gets \(signal) after its end")
            workers[id]?.signals.append(signal)
            let record = machine.workers[id]
            let isTold = record?.isLeaving == true && record?.disconnectSignal == signal
            // One that goes by itself serves until its deadline's SIGTERM.
            let isTerminated = record?.wasTerminated == true && signal == .terminate
            if isTold || isTerminated { workers[id]?.serving = [] }
        case .signalSession(let id, let signal):
            require(workers[id]?.isRunning == true || sessions.contains(id), "\(signal) for nobody of \(id)")
            workers[id]?.sessionSignals.append(signal)
        case .lookForSession(let id):
            require(machine.remains[id] != nil, "looks for what \(id) has not left")
            if !sessions.contains(id) { machine.didEndSession(id) }
        case .forgetSession(let id):
            forgottenSessions.append(id)
        case .wake(let moment):
            wake = moment
        case .didStop(let left):
            stops.append(left)
        case .emit(let event):
            events.append(event)
        }
    }

    private func spawn(
        _ id: WorkerID, _ settings: ClusterSettings, _ environment: [String: String], _ sockets: [HandleID]
    ) {
        require(workers[id] == nil, "\(id) is spawned twice")
        require(sockets.allSatisfy { handles[$0]?.phase == .open }, "\(id) is to have a socket that is not open")
        guard spawnSucceeds else { return machine.didFailSpawn(id, at: now) }
        pid += 1
        workers[id] = WorkerModel(pid: pid, settings: settings, environment: environment, inherited: sockets)
        machine.didSpawn(id, pid: pid, isNode: runsNode, at: now)
    }

    private func bind(_ id: HandleID, _ query: ServerQuery, _ use: SocketUse) {
        require(handles[id] == nil || handles[id]?.phase == .open, "\(id) is bound twice")
        if handles[id] == nil { handles[id] = HandleModel(use) }
        if let bindErrno { finishBind(id, bindErrno) } else { pendingBinds.append(id) }
    }

    private func finishBind(_ id: HandleID, _ errno: Int32) {
        // A socket that is made in place of another leaves that as it is if it fails, and begins without a pause.
        if handles[id]?.phase == .open {
            handles[id]?.isLost = errno != 0
            if errno == 0 { handles[id]?.isPaused = false }
        } else {
            handles[id]?.phase = errno == 0 ? .open : .failed
        }
        let name = BoundName(family: "IPv4", address: "0.0.0.0", port: 8000)
        machine.didBind(id, errno == 0 ? name : nil, errno: errno)
    }

    private func didSend(_ message: PrimaryMessage, to id: WorkerID) {
        workers[id]?.messages.append(message)
        switch message {
        case .disconnect:
            workers[id]?.serving = []
            workers[id]?.resting = []
        case .server(let reply) where reply.errno == 0:
            let handle = machine.handles.first { $0.value.key.text == reply.key }?.key
            if let handle { workers[id]?.serving.insert(handle) }
        case .server, .acknowledge:
            break
        }
    }

    private func closeHandle(_ id: HandleID) {
        let handle = handles[id]
        require(handle?.phase == .open, "\(id) is closed but not open")
        require(!workers.values.contains { $0.serving.contains(id) }, "\(id) is closed under a worker that serves it")
        require(!isHeld(id), "\(id) is closed while a process has it")
        require(
            machine.intent == .none || handle?.isClosedByWorkers == true || handle?.isInherited == true
                || handle?.hasLingered == true || handle?.isLost == true,
            "\(id) is closed while workers are wanted")
        handles[id]?.phase = .closed
    }

    /// Whether a process was started with this socket and still runs.
    func isHeld(_ id: HandleID) -> Bool {
        workers.values.contains { $0.isRunning && $0.inherited.contains(id) }
    }

    func require(_ condition: Bool, _ violation: @autoclosure () -> String) {
        if !condition { violations.append(violation()) }
    }
}
