// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

/// Does what the state machine wants and tells it what came of it. The only place that feeds the machine,
/// and all of it runs on the loop's thread.
final class Driver {
    private(set) var machine: PrimaryStateMachine
    let loop: EventLoop
    let logger: Logger
    private let maxQueuedBytes: Int
    private var launcher: WorkerLauncher
    private let onEvent: (PrimaryEvent) -> Void
    private let orphanGrace: Duration
    /// Nil before the first worker, and after its own end until there is another.
    private var orphanGuard: OrphanGuard?

    private var ports: [WorkerID: WorkerPort] = [:]
    private var handles: [HandleID: HandlePort] = [:]
    private var connections = DescriptorTable()
    private var spawnFailures: [WorkerID: ClusterError] = [:]
    private var listenProblem: ListenProblem?
    private lazy var desk = ReadinessDesk(driver: self)
    /// Handles whose `rest` is under way: one timer serves all workers of a handle.
    private var resting: Set<HandleID> = []
    private var isDraining = false

    /// What is counted here, of workers that are gone; see ``statistics``.
    private var counted = PrimaryStatistics()

    /// `message` events are made only while somebody wants them.
    var publishesMessages: Bool
    /// Who is told of messages beside that.
    var onMessage: ((WorkerID, WorkerMessage) -> Void)?
    /// Whether sockets that come with them are kept.
    let keepsPassedSockets: Bool

    /// How long a worker that declined a connection is left alone.
    private static let restDelay = Duration.milliseconds(10)

    init(
        _ configuration: PrimaryConfiguration, loop: EventLoop, logger: Logger,
        onEvent: @escaping (PrimaryEvent) -> Void
    ) {
        machine = PrimaryStateMachine(configuration)
        maxQueuedBytes = configuration.maxQueuedBytes
        orphanGrace = configuration.orphanGrace
        publishesMessages = configuration.publishesMessages
        keepsPassedSockets = configuration.keepsPassedSockets
        launcher = WorkerLauncher(environment: configuration.environment)
        self.loop = loop
        self.logger = logger
        self.onEvent = onEvent
    }

    /// The single funnel: gives the machine an input and does what it then wants.
    func perform<Result>(
        _ input: (inout PrimaryStateMachine) throws(ClusterError) -> Result
    ) throws(ClusterError) -> Result {
        defer { drain() }
        return try input(&machine)
    }

    /// For inputs that cannot be refused.
    func report<Result>(_ input: (inout PrimaryStateMachine) -> Result) -> Result {
        defer { drain() }
        return input(&machine)
    }

    /// An action may itself lead to an input, whose actions are then done by the outermost call.
    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        defer { isDraining = false }
        while let action = machine.nextAction() { run(action) }
    }

    private func run(_ action: Action) {
        switch action {
        case .handOver(let connection, let handle, let worker, let sequence):
            handOver(connection, through: handle, to: worker, sequence)
        case .closeConnection(let connection):
            _ = connections.remove(DescriptorTable.Token(rawValue: connection.rawValue))
        case .spawn(let id, let settings, let environment, let sockets):
            spawn(id, settings, environment, sockets)
        case .send(let id, let message):
            ports[id]?.send(message)
        case .share(let handle, let slot, let id, let reply):
            if let socket = handles[handle]?.socket(slot) { ports[id]?.share(socket, reply) }
        case .bind(let id, let query, let use):
            bind(id, query, use)
        case .open(let id, let key, let url):
            open(id, key, url)
        case .bindSlot(let id, let slot):
            bindSlot(id, slot)
        case .adopt(let id, let slot):
            adopt(id, slot)
        case .release(let id, let slot):
            handles[id]?.release(slot)
        case .pause(let id):
            handles[id]?.pause()
        case .resume(let id):
            handles[id]?.resume()
        case .closeHandle(let id):
            handles.removeValue(forKey: id)?.close()
        case .rest(let id):
            rest(id)
        case .closeChannel(let id):
            ports[id]?.closeChannel()
            didEndChannel(id)
        case .signal(let id, let signal):
            ports[id]?.signal(signal)
        case .emit(let event):
            counted.count(event)
            onEvent(event)
        }
    }

    // MARK: Workers

    /// Refuses what no worker could be started with, before the first of several is forked.
    func checkLaunch() throws(ClusterError) {
        try launcher.check(machine.settings)
    }

    /// Why the worker's process could not be started; told once.
    func takeSpawnFailure(_ id: WorkerID) -> ClusterError? {
        spawnFailures.removeValue(forKey: id)
    }

    private func spawn(
        _ id: WorkerID, _ settings: ClusterSettings, _ environment: [String: String], _ sockets: [HandleID]
    ) {
        do {
            let inherited = sockets.compactMap { handles[$0]?.socket(nil) }
            let port = try launcher.launch(id, settings, environment, inherited, desk: desk, driver: self)
            ports[id] = port
            machine.didSpawn(id, pid: port.pid, at: .now)
        } catch {
            logger.info("worker not started", metadata: ["worker": "\(id)", "error": "\(error)"])
            spawnFailures[id] = error
            machine.didFailSpawn(id, at: .now)
        }
    }

    /// Who ends the workers where this process is killed. It is started when there is somebody to guard.
    func requireGuard() throws(IOError) -> OrphanGuard {
        if let orphanGuard { return orphanGuard }
        let new = try OrphanGuard(grace: orphanGrace)
        try new.whenEnded(on: loop) { [weak self] in self?.didLoseGuard() }
        for port in ports.values { try port.enroll(with: new) }
        orphanGuard = new
        return new
    }

    /// Somebody has killed it.
    private func didLoseGuard() {
        orphanGuard = nil
        guard !ports.isEmpty else { return }
        do {
            _ = try requireGuard()
            logger.notice("the workers' guard was killed; there is another")
        } catch {
            // The next fork tries again.
            logger.notice("the workers' guard was killed, and no other can be started", metadata: ["error": "\(error)"])
        }
    }

    func didExit(_ id: WorkerID, _ exit: ProcessExit) {
        // What the worker sent before its end comes first.
        ports[id]?.drain()
        desk.drain()
        let stderr = ports[id]?.lastErrors()
        report { $0.didExit(id, ProcessOutcome(exit, stderr: stderr), at: .now) }
        // A process that the worker started may hold the channel open; nobody is there to speak on it.
        ports[id]?.closeChannel()
        didEndChannel(id)
        ports[id]?.close()
        if let port = ports.removeValue(forKey: id) { counted.traffic += port.traffic }
    }

    func didEndChannel(_ id: WorkerID) {
        report { $0.didCloseChannel(id, at: .now) }
    }

    /// The worker whose process this is.
    func worker(pid: Int32) -> WorkerID? {
        ports.first { $0.value.pid == pid }?.key
    }

    func signalAll(_ signal: Signal) {
        for port in ports.values { port.signal(signal) }
    }

    // MARK: Statistics

    var statistics: PrimaryStatistics {
        var all = counted
        all.connectionsReturned = machine.returnedConnections
        for (id, port) in ports {
            all.traffic += port.traffic
            all.channels[id] = ChannelStatistics(traffic: port.traffic, queuedBytes: port.queuedBytes)
        }
        return all
    }

    func didAnswerConnection(accepted: Bool, after latency: Duration?) {
        if accepted { counted.connectionsHandedOver += 1 } else { counted.connectionsDeclined += 1 }
        if let latency { counted.handoverLatency.count(latency) }
    }

    // MARK: Messages

    /// - Throws: `MESSAGE_QUEUE_FULL` where the worker does not read.
    func send(json: [UInt8], with socket: PassedSocket?, to id: WorkerID) throws(ClusterError) -> SendReply {
        // In place: read from outside, the whole machine is copied.
        try perform { machine throws(ClusterError) in try machine.checkSend(to: id) }
        guard let port = ports[id] else { throw .workerNotFound(id) }
        guard port.queuedBytes < maxQueuedBytes else {
            throw ClusterError(
                .resourceExhausted, .messageQueueFull,
                "worker \(id) does not read: \(port.queuedBytes) bytes wait for it; send again later",
                metadata: ["workerId": "\(id)", "queuedBytes": "\(port.queuedBytes)"])
        }
        try port.sendMessage(json: json, with: socket)
        return SendReply(accepted: port.queuedBytes < Self.highWaterMark, queuedBytes: port.queuedBytes)
    }

    /// Where Node's `send` begins to return false (`lib/internal/child_process.js`).
    private static let highWaterMark = 2 * 65536

    // MARK: Sockets

    private func bind(_ id: HandleID, _ query: ServerQuery, _ use: SocketUse) {
        do {
            let port = try HandlePort(id, query, use, driver: self)
            handles[id] = port
            machine.didBind(id, port.name, errno: 0)
        } catch {
            logger.info("socket not bound", metadata: ["key": "\(query.key.text)", "error": "\(error)"])
            machine.didBind(id, nil, errno: error.code)
        }
    }

    /// Makes the sockets that the next workers are started with.
    ///
    /// - Returns: those that are new.
    /// - Throws: `LISTEN_FAILED` where one cannot be made; none is new then. `INVALID_FIELD` where none ever could.
    func openSockets() throws(ClusterError) -> [HandleID] {
        try ListenProblem.check(machine.settings.listen)
        let opened = report { $0.openSockets() }
        guard let problem = listenProblem else { return opened }
        listenProblem = nil
        report { $0.closeSockets(opened) }
        throw problem.refusal(at: machine.settings.listen.firstIndex(of: problem.url) ?? 0)
    }

    private func open(_ id: HandleID, _ key: HandleKey, _ url: ListenURL) {
        do {
            let port = try HandlePort(id, key, url, driver: self)
            handles[id] = port
            machine.didBind(id, port.name, errno: 0)
        } catch {
            // The first one is told.
            listenProblem = listenProblem ?? ListenProblem(url: url, error: error)
            machine.didBind(id, nil, errno: error.code)
        }
    }

    private func bindSlot(_ id: HandleID, _ slot: SlotID) {
        guard let port = handles[id] else { return }
        do {
            try port.bindSlot(slot)
            machine.didBindSlot(id, slot, errno: 0)
        } catch {
            logger.info("socket not bound", metadata: ["key": "\(port.key)", "error": "\(error)"])
            machine.didBindSlot(id, slot, errno: error.code)
        }
    }

    private func adopt(_ id: HandleID, _ slot: SlotID) {
        do {
            try handles[id]?.adopt(slot)
        } catch {
            logger.error(
                "connections wait in a socket that its worker has left; fork another worker",
                metadata: ["key": "\(handles[id]?.key ?? "")", "error": "\(error)"])
        }
    }

    func didAccept(_ connection: consuming OwnedFD, on handle: HandleID) {
        let token = connections.insert(connection)
        report { $0.didAccept(ConnectionID(rawValue: token.rawValue), on: handle) }
    }

    private func handOver(_ connection: ConnectionID, through handle: HandleID, to id: WorkerID, _ sequence: Int) {
        guard let key = handles[handle]?.key else { return }
        ports[id]?.handOver(
            DescriptorTable.Token(rawValue: connection.rawValue), of: connections, key: key, sequence: sequence)
    }

    private func rest(_ id: HandleID) {
        guard resting.insert(id).inserted else { return }
        loop.schedule(after: Self.restDelay) { [weak self] in
            guard let self else { return }
            resting.remove(id)
            report { $0.didRest(id) }
        }
    }

    // MARK: The end

    /// Closes all that is left. Workers that are still there are killed and reaped.
    func close() {
        for port in ports.values { port.killAndClose() }
        ports = [:]
        for handle in handles.values { handle.close() }
        handles = [:]
        orphanGuard?.end()
        orphanGuard = nil
        desk.close()
    }
}
