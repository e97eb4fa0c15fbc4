// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging
import Shared

/// Runs the state machine's actions and tells it their results. All of it runs on the loop's thread.
final class Driver: Funnel {
    var machine: PrimaryStateMachine
    var isDraining = false
    let loop: EventLoop
    let logger: Logger
    private let maxQueuedBytes: Int
    /// See ``PrimaryConfiguration/inheritedDescriptors``.
    let inheritedDescriptors: Set<Int32>
    private(set) var launcher: WorkerLauncher
    /// Nil: supervised workers write to this program's own output.
    let collector: (any WorkerOutputCollector)?
    /// Reads what supervised workers write. Started with the first of them.
    var outputThread: PipeThread?
    /// Workers whose process has ended while their last output is read.
    var exits: [WorkerID: ProcessExit] = [:]
    private let onEvent: (PrimaryEvent) -> Void
    /// Told when the primary has stopped, with the workers that are still there.
    var onStop: ([WorkerID]) -> Void = { _ in }
    private let orphanGrace: Duration
    private lazy var guardKeeper = GuardKeeper(driver: self, grace: orphanGrace)

    private(set) var ports: [WorkerID: WorkerPort] = [:]
    /// Workers that have ended while others of their sessions live on.
    private var endedProcesses: [WorkerID: ProcessHandle] = [:]
    private(set) lazy var handles = HandlePorts(driver: self)
    private lazy var desk = ReadinessDesk(driver: self)
    private(set) lazy var watch = AttentionWatch(driver: self)
    private var spawnFailures: [WorkerID: ClusterError] = [:]
    private var hasWarnedOfGroup = false
    /// The timer of the moment for which the machine has asked.
    private var alarm: Int?

    /// The most bytes that the incomplete messages of all workers may take together.
    private static let maxHeldBytes = 256 << 20
    private var heldBytes = 0

    /// The counts of workers that are gone; see ``statistics``.
    var counted = PrimaryStatistics()
    /// What the kernel said of workers' processes.
    var readings = ProcessReadings()

    /// `message` events are made only while somebody wants them.
    var publishesMessages: Bool
    /// Called at the first message that nobody reads.
    var onUnreadMessage: (() -> Void)?
    /// Called with each message, whether or not it becomes an event.
    var onMessage: ((WorkerID, WorkerMessage) -> Void)?
    let observation = Observation()
    /// One end of a socket pair, which goes along with each heartbeat; nil until the first.
    var heartbeatSocket: SharedDescriptor?
    /// The program's primary half, if the agent runs one.
    var script: ScriptHost?
    /// Whether sockets that come with them are kept.
    let keepsPassedSockets: Bool

    init(
        _ configuration: PrimaryConfiguration, loop: EventLoop, logger: Logger,
        onEvent: @escaping (PrimaryEvent) -> Void
    ) {
        machine = PrimaryStateMachine(configuration)
        maxQueuedBytes = configuration.maxQueuedBytes
        inheritedDescriptors = configuration.inheritedDescriptors
        orphanGrace = configuration.orphanGrace
        publishesMessages = configuration.publishesMessages
        keepsPassedSockets = configuration.keepsPassedSockets
        collector = configuration.outputCollector
        launcher = WorkerLauncher(
            environment: configuration.environment, fileLimit: configuration.workerFileLimit)
        self.loop = loop
        self.logger = logger
        self.onEvent = onEvent
        // One worker leaves most descriptors to others.
        machine.maxSocketsPerWorker = min(machine.maxSocketsPerWorker, max(16, ThisProcess.descriptorLimit / 8))
        machine.connectionBudget = ConnectionBudget(limit: max(64, ThisProcess.descriptorLimit / 4))
    }

    func run(_ action: Action) {
        switch action {
        case .handOver(let connection, let handle, let worker, let sequence):
            handOver(connection, through: handle, to: worker, sequence)
        case .closeConnection(let connection): handles.close(connection)
        case .spawn(let id, let nodeID, let settings, let environment, let sockets):
            spawn(id, nodeID, settings, environment, sockets)
        case .send(let id, let message): ports[id]?.send(message)
        case .share(let handle, let slot, let id, let reply):
            if let socket = handles[handle]?.socket(slot) { ports[id]?.share(socket, reply) }
            watch.begin()
        case .bind(let id, let query, let use): handles.bind(id, query, use)
        case .open(let id, let key, let url): handles.open(id, key, url)
        case .bindSlot(let id, let slot): handles.bindSlot(id, slot)
        case .adopt(let id, let slot): handles.adopt(id, slot)
        case .release(let id, let slot): handles[id]?.release(slot)
        case .empty(let id, let limit): handles.empty(id, within: limit)
        case .steer(let id): handles.steerLater(id)
        case .probe(let id):
            // A silence after a question that was not asked means nothing.
            if !sendHeartbeat(nil, to: id) { report { $0.didAnswerProbe(id) } }
        case .pause(let id): handles[id]?.pause()
        case .resume(let id): handles[id]?.resume()
        case .closeHandle(let id): handles.close(id)
        case .rest(let id): handles.rest(id)
        case .linger(let id, let number, let duration):
            loop.schedule(after: duration) { [weak self] in self?.report { $0.didLinger(id, number: number) } }
        case .awaitWord(let id, let duration):
            loop.schedule(after: duration) { [weak self] in self?.report { $0.didStaySilent(id, at: .now) } }
        case .closeChannel(let id):
            ports[id]?.finishChannel()
            report { $0.didCloseChannel(id, .finishing, at: .now) }
        case .breakChannel(let id, let reason): breakChannel(id, because: reason)
        case .signal(let id, let signal): ports[id]?.signal(signal)
        case .signalSession(let id, let signal): signalSession(id, signal)
        case .lookForSession(let id):
            if endedProcesses[id]?.others(atMost: 1).isEmpty == true { report { $0.didEndSession(id) } }
        case .forgetSession(let id): endedProcesses[id] = nil
        case .wake(let moment): wake(at: moment)
        case .tellListening(let id): observation.note(.listens(id))
        case .didStop(let left): onStop(left)
        case .emit(let event):
            counted.count(event)
            onEvent(event)
            script?.note(event)
            observation.note(event)
        }
    }

    // MARK: Workers

    /// Refuses what no worker could be started with, before the first of several is forked.
    func checkLaunch(_ settings: ClusterSettings) throws(ClusterError) {
        try launcher.check(settings, inherited: inheritedDescriptors)
    }

    /// Starts the order's next worker.
    ///
    /// - Returns: nil if the order has been withdrawn.
    /// - Throws: why its process could not be started. The order is withdrawn then.
    func forkNext(_ order: ForkOrder.ID) throws(ClusterError) -> WorkerInfo? {
        guard let id = report({ $0.forkNext(order, at: .now) }) else { return nil }
        guard let failure = spawnFailures.removeValue(forKey: id) else { return machine.workers[id]?.info }
        report { $0.withdrawFork(order) }
        throw failure
    }

    private func spawn(
        _ id: WorkerID, _ nodeID: WorkerID, _ settings: ClusterSettings, _ environment: [String: String],
        _ sockets: [HandleID]
    ) {
        warnOfGroup(settings)
        do {
            let (port, isNode) = try launch(id, nodeID, settings, environment, sockets)
            ports[id] = port
            machine.didSpawn(id, pid: port.pid, isNode: isNode, at: .now)
        } catch {
            logger.info("worker not started", metadata: ["worker": "\(id)", "error": "\(error)"])
            spawnFailures[id] = error
            machine.didFailSpawn(id, at: .now)
        }
    }

    private func launch(
        _ id: WorkerID, _ nodeID: WorkerID, _ settings: ClusterSettings, _ environment: [String: String],
        _ sockets: [HandleID]
    ) throws(ClusterError) -> (port: WorkerPort, isNode: Bool) {
        if let launch = script?.takeLaunch() {
            return try launcher.launch(id, nodeID: nodeID, launch, driver: self)
        }
        return try launcher.launch(
            id, nodeID: nodeID, settings, environment, sockets.compactMap { handles[$0]?.socket(nil) },
            instance: machine.workers[id]?.info.instance, desk: desk, driver: self)
    }

    /// A worker's process and channel. Nil after its end.
    func port(of id: WorkerID) -> WorkerPort? { ports[id] }

    /// As under Node, `uid` alone does not change the group. That of root opens many files.
    private func warnOfGroup(_ settings: ClusterSettings) {
        guard !hasWarnedOfGroup, settings.uid != nil, settings.gid == nil, ThisProcess.group == 0 else { return }
        hasWarnedOfGroup = true
        logger.warning("workers have uid but keep root's group, as under Node; set gid too")
    }

    /// Who ends the workers if this process is killed. It is started when there is somebody to guard.
    func requireGuard() throws(IOError) -> OrphanGuard { try guardKeeper.require() }

    /// A worker's process has ended, and its output has been read.
    func didExit(_ id: WorkerID, _ exit: ProcessExit, _ remains: OutputTaps.Remains) {
        // Read what the worker sent before its end first.
        ports[id]?.drain()
        desk.drain()
        if !exit.survivors.isEmpty { endedProcesses[id] = ports[id]?.process }
        let instance = machine.workers[id]?.info.instance
        report { $0.didExit(id, ProcessOutcome(exit, remains), at: .now, now: .now) }
        // A process that the worker started may hold the channel open, but nobody speaks on it any more.
        ports[id]?.closeChannel()
        didEndChannel(id)
        ports[id]?.close()
        if let port = ports.removeValue(forKey: id) {
            counted.add(port.answered, port.traffic, cpu: exit.cpu, of: instance)
        }
    }

    private func wake(at moment: ContinuousClock.Instant) {
        if let alarm { loop.cancel(alarm) }
        alarm = loop.schedule(at: moment) { [weak self] in
            self?.alarm = nil
            self?.report { $0.didWake(now: .now) }
        }
    }

    private func signalSession(_ id: WorkerID, _ signal: Signal) {
        do {
            try (ports[id]?.process ?? endedProcesses[id])?.signalSession(signal.number)
        } catch {
            // As for a signal to the worker alone.
            logger.info("signal not sent", metadata: ["worker": "\(id)", "error": "\(error)"])
        }
    }

    func didEndChannel(_ id: WorkerID) {
        report { $0.didCloseChannel(id, at: .now) }
        report { $0.didFinishChannel(id) }
    }

    /// Ends the channel of a worker that went past a bound, and nothing else.
    ///
    /// - Parameter detail: for the log.
    func breakChannel(_ id: WorkerID, because reason: DisconnectReason, _ detail: String? = nil) {
        guard let port = ports[id], port.isHeard else { return }
        var metadata: Logger.Metadata = ["worker": "\(id)", "reason": "\(reason.rawValue)"]
        // Parts of it are in the worker's own words.
        if let detail { metadata["detail"] = "\(detail.beginning(200))" }
        logger.warning("worker's channel closed by the agent", metadata: metadata)
        port.closeChannel()
        report { $0.didCloseChannel(id, .broken(reason), at: .now) }
        report { $0.didFinishChannel(id) }
    }

    /// How many more connections of a handle may wait.
    func roomForConnections(of handle: HandleID) -> Int { machine.roomForConnections(of: handle) }

    /// Sockets that one worker may leave unconfirmed.
    var maxUnconfirmedSockets: Int { machine.maxSocketsPerWorker }

    /// Reads what the worker has sent up to now.
    func hear(_ id: WorkerID) {
        ports[id]?.drain()
    }

    /// The bytes of a worker's incomplete message have changed. If all workers together have too many, the channel of the
    /// one with the most ends.
    func didHold(_ change: Int) {
        heldBytes += change
        guard heldBytes > Self.maxHeldBytes,
            let largest = ports.max(by: { $0.value.heldBytes < $1.value.heldBytes })?.key
        else { return }
        breakChannel(largest, because: .messageTooLarge, "parts of messages take \(heldBytes) bytes")
    }

    /// The worker whose process this is.
    func worker(pid: Int32) -> WorkerID? {
        ports.first { $0.value.pid == pid }?.key
    }

    // MARK: Messages

    /// - Throws: `MESSAGE_QUEUE_FULL` if the worker does not read.
    func send(json: [UInt8], with socket: PassedSocket?, to id: WorkerID) throws(ClusterError) -> SendOutcome {
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
        return SendOutcome(accepted: port.queuedBytes < Self.highWaterMark, queuedBytes: port.queuedBytes)
    }

    /// Where Node's `send` begins to return false (`lib/internal/child_process.js`).
    private static let highWaterMark = 2 * 65536

    // MARK: The end

    /// How long ``close()`` waits for what it has killed. A process may hang in the kernel forever.
    private static let killingTime = Duration.seconds(2)
    /// How long it waits at least for the last output.
    private static let readingTime = Duration.milliseconds(500)

    /// Closes all that is left. Workers that are still there are killed and reaped.
    func close() {
        report { $0.stop(within: .zero, at: .now, now: .now) }
        script?.close()
        script = nil
        // Kill them here too: if an action has led to this call, the machine's own actions come later.
        for id in ports.keys { signalSession(id, .kill) }
        let deadline = ContinuousClock.now + Self.killingTime
        for (id, port) in ports where exits[id] == nil {
            if let exit = port.process.reap(until: deadline) { exits[id] = exit } else { port.close() }
        }
        // A process that hangs in the kernel may have used up the time. What the others have written is still read.
        let remains = endOutput(until: max(deadline, .now + Self.readingTime))
        for (id, exit) in exits { didExit(id, exit, remains[id] ?? OutputTaps.Remains()) }
        exits = [:]
        for id in endedProcesses.keys { signalSession(id, .kill) }
        endedProcesses = [:]
        ports = [:]
        handles.closeAll()
        guardKeeper.end()
        desk.close()
        watch.end()
        heartbeatSocket = nil
    }
}
