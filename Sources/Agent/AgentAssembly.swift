// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Fleet
import Hummingbird
import History
import Logging
import ServiceLifecycle
import Shared

/// Puts the agent together: the one place that knows which part needs which. Tests call it with their own parts.
struct AgentAssembly: Sendable {
    let primary: any ClusterPrimary
    let supervisor: any ClusterSupervisor
    let history: History
    let retention: HistoryRetention
    let identity: AgentIdentity
    let access: AccessPolicy
    let listeners: [Listener]
    /// Nil if there is no unix socket.
    let socketFile: SocketFile?
    let gate: ConnectionGate
    /// How many workers to start.
    let workers: Int
    /// Nil if numbers are not reserved.
    let numbers: NumberReserve?
    /// Nil if the program's primary half does not run.
    let script: PrimaryScript?
    /// Nil if changes are not stored.
    let state: StateKeeper?
    /// Nil: what workers print is not captured.
    let output: WorkerOutput?
    /// Nil: the agent belongs to no fleet.
    let fleet: AgentFleet?
    let clock: any Clock<Duration>
    let logger: Logger
    let phase = AgentPhase()
    let broadcaster: EventBroadcaster
    let recorder: EventRecorder
    let closer: PrimaryCloser
    let logWatchers: LogWatchers
    private let directory: WorkerDirectory
    private let sampler: InstanceSampler
    private let addresses = ServedAddresses()
    let fleetWatchers: LogWatchers
    private let ledger: IdempotencyLedger
    private let registry: MetricRegistry

    init(
        primary: any ClusterPrimary, supervisor: any ClusterSupervisor, history: History, identity: AgentIdentity,
        access: AccessPolicy, listeners: [Listener], socketMode: UInt32 = 0o600, socketGroup: UInt32? = nil,
        holdsDirectory: @escaping @Sendable () -> Bool = { true }, gate: ConnectionGate,
        retention: HistoryRetention = HistoryRetention(), workers: Int = 0,
        numbers: NumberReserve? = nil, state: StateKeeper? = nil, note: UnstoredNote? = nil,
        output: WorkerOutput? = nil, fleet: FleetOptions? = nil, script: PrimaryScript? = nil,
        unheard: UnheardWorkers? = nil,
        recording: EventRecorder.Limits = EventRecorder.Limits(), clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger
    ) {
        self.primary = primary
        self.supervisor = supervisor
        self.history = history
        self.retention = retention
        self.identity = identity
        self.access = access
        self.listeners = listeners
        let paths = listeners.compactMap { if case .unix(let path) = $0 { path } else { nil } }
        socketFile = paths.first.map {
            SocketFile(path: $0, mode: socketMode, group: socketGroup, holdsDirectory: holdsDirectory)
        }
        self.gate = gate
        self.workers = workers
        self.numbers = numbers
        self.state = state
        self.output = output
        let fleet = fleet.map {
            AgentFleet($0, identity: identity, history: history, supervisor: supervisor, logger: logger)
        }
        self.fleet = fleet
        self.script = script
        self.clock = clock
        self.logger = logger
        broadcaster = EventBroadcaster(maxWatchers: gate.limits.watchers)
        logWatchers = LogWatchers(limit: gate.limits.watchers)
        fleetWatchers = LogWatchers(limit: gate.limits.watchers)
        let registry = MetricRegistry()
        self.registry = registry
        recorder = EventRecorder(
            primary: primary.events, store: MeteredEventStore(history, registry: registry) { fleet?.link.wake() },
            broadcaster: broadcaster, storesMessages: retention.messages, note: note, limits: recording, logger: logger
        ) { event in
            switch event.kind {
            case .fork where event.isForkedUnasked: await numbers?.didFork()
            // A client that learns of the exit finds the worker's last lines.
            case .exit(let report):
                if let seq = report.logSeq { await output?.settle(through: seq, clock: clock) }
            default: break
            }
            await state?.note(event)
            await unheard?.note(event)
        }
        directory = WorkerDirectory(
            primary: primary, supervisor: supervisor, recorder: recorder, reader: HistoryReader(history: history))
        sampler = InstanceSampler(supervisor, directory)
        closer = PrimaryCloser(primary)
        ledger = IdempotencyLedger(store: HistoryIdempotencyStore(history: history), logger: logger)
    }

    /// What answers requests. It is the same on each listener.
    func makeResponder() -> some HTTPResponder<AgentRequestContext> {
        let router = Router(context: AgentRequestContext.self, options: .autoGenerateHeadEndpoints)
        // From the outside inwards.
        router.add(middleware: RequestIDMiddleware())
        router.add(middleware: ObservationMiddleware(registry: registry, strangers: BoundedLog(clock: clock)))
        router.add(middleware: ErrorReplyMiddleware(registry: registry))
        router.add(middleware: HostCheckMiddleware(access: access, peers: gate.peers))
        router.add(
            middleware: AuthenticationMiddleware(
                access: access, attempts: AttemptLimiter(clock: clock), gate: gate))

        let reader = HistoryReader(history: history)
        let operations = ClusterOperations(
            primary: primary, supervisor: supervisor, directory: directory,
            archive: OperationArchive(supervisor: supervisor, reader: reader), numbers: numbers, state: state,
            clock: clock)
        let events = EventOperations(reader: reader, broadcaster: broadcaster, clock: clock)
        let runner = CommandRunner(
            primary: primary, recorder: recorder, phase: phase, ledger: ledger,
            refusals: AttemptLimiter(tries: 20, interval: .seconds(10), clock: clock))
        DashboardRoutes().add(to: router)
        StatusRoutes(
            recorder: recorder, phase: phase, identity: identity, reserve: gate.reserve, supervisor: supervisor,
            output: output, addresses: addresses, belongsToFleet: fleet != nil
        ).add(to: router)
        MetricsRoute(
            collector: MetricCollector(
                registry: registry, supervisor: supervisor, primary: primary, recorder: recorder, history: history,
                broadcaster: broadcaster, output: output, fleet: fleet, refused: gate.refused, identity: identity)
        ).add(to: router)
        let fleetOperations = FleetOperations(fleet: fleet, watchers: fleetWatchers)
        ClusterRoutes(operations: operations, fleet: fleetOperations, runner: runner).add(to: router)
        WorkerRoutes(directory: directory).add(to: router)
        CommandRoutes(operations: operations, runner: runner).add(to: router)
        SupervisionRoutes(operations: operations, runner: runner).add(to: router)
        EventRoutes(operations: events).add(to: router)
        ObservationRoutes(
            sampler: sampler, exits: ExitStatistics(reader: reader), events: broadcaster, logs: logWatchers
        ).add(to: router)
        let streams = WatchStreams(access: access, clock: clock)
        WatchRoute(operations: events, streams: streams, heartbeat: .seconds(15)).add(to: router)
        LogRoutes(
            operations: LogOperations(output: output, watchers: logWatchers, clock: clock), streams: streams,
            heartbeat: .seconds(15)
        ).add(to: router)
        FleetRoutes(operations: fleetOperations, runner: runner, streams: streams, heartbeat: .seconds(15))
            .add(to: router)
        return VerbDecodingResponder(router: router.buildResponder())
    }

    /// All services in the order of their start. They stop in reverse order. The workers stop first: clients can still
    /// watch, and commands are refused because the agent stops. Then the listeners stop. The recorder stores the rest
    /// when no client can ask any more.
    func makeServices(
        workers: Int, grace: Duration, givenUp: GivenUp = GivenUp(), manager: ServiceManager? = nil,
        didStart: @escaping @Sendable ([Listener]) -> Void
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let bound = BoundListeners(count: listeners.count)
        let responder = makeResponder()
        let recording = RecordingService(
            recorder: recorder, broadcaster: broadcaster, watchers: [logWatchers, fleetWatchers], primary: primary,
            closer: closer,
            storesMessages: retention.messages)
        let pruning = PruningService(
            history: history, retention: retention, forwarded: fleet?.history, clock: clock, logger: logger)
        let sampling = SamplingService(sampler: sampler, clock: clock)
        // It starts before the recorder and so stops after it, when all is stored that is to be forwarded.
        let joining = fleet.map { FleetService(fleet: $0, clock: clock) }
        let serving = listeners.map { listener in
            ListenerService(
                listener: listener, socketFile: listener.transport == .unix ? socketFile : nil, responder: responder,
                gate: gate, bound: bound, clock: clock, logger: logger)
        }
        let working = PrimaryService(
            primary: primary, supervisor: supervisor, recorder: recorder, phase: phase, bound: bound,
            workers: workers, grace: grace, givenUp: givenUp, lastRun: try? history.lastRun,
            interrupted: OperationArchive.interrupted(in: history), numbers: numbers, script: script,
            manager: manager,
            didStart: { [addresses] listeners in
                addresses.didListen(listeners)
                didStart(listeners)
            }, logger: logger)
        // It goes last, so that the manager hears of the agent until then.
        let notifying = manager.map { manager in
            NotificationService(manager: manager, supervisor: supervisor, phase: phase, grace: grace, clock: clock)
        }
        let first: [(any Service)?] = [notifying, joining]
        let services = first.compactMap(\.self) + [recording, pruning, sampling] + serving + [working]
        // If one service fails, the others end in good order.
        return services.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0, failureTerminationBehavior: .gracefullyShutdownGroup,
                // Without this, the default includes everything that a service holds.
                serviceName: "\(type(of: $0))".prefix { $0 != "<" }.description)
        }
    }
}

extension PrimaryEvent {
    /// Whether the worker was forked without a call of the API, which would have reserved its number.
    fileprivate var isForkedUnasked: Bool {
        worker?.supervised == true || isOfScript
    }
}
