// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Hummingbird
import History
import Logging
import ServiceLifecycle
import Shared

/// Puts the agent together: the one place that knows which part needs which. Tests call it with parts of their own.
struct AgentAssembly: Sendable {
    let primary: any ClusterPrimary
    let supervisor: any ClusterSupervisor
    /// Nil where it could not be opened.
    let history: History?
    let retention: HistoryRetention
    let identity: AgentIdentity
    let access: AccessPolicy
    let listeners: [Listener]
    /// Nil if none of them is a unix socket.
    let socketFile: SocketFile?
    let gate: ConnectionGate
    /// How many are wanted at start.
    let workers: Int
    /// Nil: numbers are not reserved.
    let numbers: NumberReserve?
    /// Nil: what is changed is not stored.
    let state: StateKeeper?
    let clock: any Clock<Duration>
    let logger: Logger
    let phase = AgentPhase()
    let broadcaster: EventBroadcaster
    let recorder: EventRecorder
    let closer: PrimaryCloser
    private let ledger: IdempotencyLedger
    private let registry: MetricRegistry

    init(
        primary: any ClusterPrimary, supervisor: any ClusterSupervisor, history: History?, identity: AgentIdentity,
        access: AccessPolicy,
        listeners: [Listener], gate: ConnectionGate,
        retention: HistoryRetention = HistoryRetention(), workers: Int = 0, numbers: NumberReserve? = nil,
        state: StateKeeper? = nil,
        note: UnstoredNote? = nil,
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.primary = primary
        self.supervisor = supervisor
        self.history = history
        self.retention = retention
        self.identity = identity
        self.access = access
        self.listeners = listeners
        let paths = listeners.compactMap { if case .unix(let path) = $0 { path } else { nil } }
        socketFile = paths.first.map(SocketFile.init)
        self.gate = gate
        self.workers = workers
        self.numbers = numbers
        self.state = state
        self.clock = clock
        self.logger = logger
        broadcaster = EventBroadcaster(maxWatchers: gate.limits.watchers)
        let registry = MetricRegistry()
        self.registry = registry
        recorder = EventRecorder(
            primary: primary.events, store: history.map { MeteredEventStore($0, registry: registry) },
            broadcaster: broadcaster, storesMessages: retention.messages, note: note, logger: logger
        ) { event in
            if case .fork = event.kind, event.worker?.supervised == true { await numbers?.didFork() }
            await state?.note(event)
        }
        closer = PrimaryCloser(primary)
        ledger = IdempotencyLedger(store: history.map(HistoryIdempotencyStore.init), logger: logger)
    }

    /// What answers requests, the same on every listener.
    func makeResponder() -> some HTTPResponder<AgentRequestContext> {
        let router = Router(context: AgentRequestContext.self, options: .autoGenerateHeadEndpoints)
        // From the outside inwards.
        router.add(middleware: RequestIDMiddleware())
        router.add(middleware: ObservationMiddleware(registry: registry, strangers: BoundedLog(clock: clock)))
        router.add(middleware: ErrorReplyMiddleware(registry: registry))
        router.add(middleware: HostCheckMiddleware(access: access, peers: gate.peers))
        router.add(
            middleware: AuthenticationMiddleware(
                access: access, attempts: AttemptLimiter(clock: clock), places: gate.places, peers: gate.peers))

        let reader = HistoryReader(history: history)
        let directory = WorkerDirectory(
            primary: primary, supervisor: supervisor, recorder: recorder, reader: reader)
        let operations = ClusterOperations(
            primary: primary, supervisor: supervisor, directory: directory,
            archive: OperationArchive(supervisor: supervisor, reader: reader), numbers: numbers, state: state,
            clock: clock)
        let events = EventOperations(reader: reader, broadcaster: broadcaster, clock: clock)
        let runner = CommandRunner(
            primary: primary, recorder: recorder, phase: phase, ledger: ledger,
            refusals: AttemptLimiter(tries: 20, interval: .seconds(10), clock: clock))
        StatusRoutes(
            recorder: recorder, phase: phase, identity: identity, reserve: gate.reserve, supervisor: supervisor
        ).add(to: router)
        MetricsRoute(
            collector: MetricCollector(
                registry: registry, supervisor: supervisor, primary: primary, recorder: recorder, history: history,
                broadcaster: broadcaster, refused: gate.refused, identity: identity)
        ).add(to: router)
        ClusterRoutes(operations: operations, runner: runner).add(to: router)
        WorkerRoutes(directory: directory).add(to: router)
        CommandRoutes(operations: operations, runner: runner).add(to: router)
        SupervisionRoutes(operations: operations, runner: runner).add(to: router)
        EventRoutes(operations: events).add(to: router)
        WatchRoute(operations: events, access: access, heartbeat: .seconds(15)).add(to: router)
        return VerbDecodingResponder(router: router.buildResponder())
    }

    /// Everything that runs, in the order in which it starts. It stops in reverse: the workers go first, while clients
    /// can still watch them go and commands are told that the agent is shutting down; then the listeners; then, when
    /// nobody can ask for anything any more, the recorder, which stores what is left.
    func makeServices(
        workers: Int, grace: Duration, givenUp: GivenUp = GivenUp(),
        didStart: @escaping @Sendable ([Listener]) -> Void
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let bound = BoundListeners(count: listeners.count)
        let responder = makeResponder()
        let recording = RecordingService(
            recorder: recorder, broadcaster: broadcaster, primary: primary, closer: closer,
            storesMessages: retention.messages)
        let pruning = history.map { PruningService(history: $0, retention: retention, clock: clock, logger: logger) }
        let serving = listeners.map { listener in
            ListenerService(
                listener: listener, socketFile: listener.transport == .unix ? socketFile : nil, responder: responder,
                gate: gate, bound: bound, clock: clock, logger: logger)
        }
        let working = PrimaryService(
            primary: primary, supervisor: supervisor, recorder: recorder, phase: phase, bound: bound,
            workers: workers, grace: grace, givenUp: givenUp,
            lastRun: try? history?.lastRun,
            interrupted: history.map(OperationArchive.interrupted) ?? [], numbers: numbers, didStart: didStart,
            logger: logger)
        let services: [any Service] = [recording] + (pruning.map { [$0] } ?? []) + serving + [working]
        // Where one fails, the others end in good order; nothing is left behind.
        return services.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0, failureTerminationBehavior: .gracefullyShutdownGroup,
                // The default is everything that a service holds.
                serviceName: "\(type(of: $0))".prefix { $0 != "<" }.description)
        }
    }
}
