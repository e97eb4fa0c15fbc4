// SPDX-License-Identifier: Apache-2.0

public import Cluster
public import Shared

/// Keeps a desired number of a primary's workers running: replaces those that end, and reloads all of them without a failed
/// request.
///
/// It runs on the primary's own thread, as part of what the primary does: a worker's end and its replacement are one
/// step, and no call sees a moment between them. Workers that ``Primary/fork(count:environment:requestID:)`` makes are
/// left alone. The primary's own commands mean for a supervised worker what they say: `disconnect` lowers the desired number,
/// `disconnectAll` makes it 0, and `kill` gets a fresh worker.
///
/// The primary keeps the supervisor until ``Primary/close()``, even if nobody else holds it.
public actor Supervisor {
    /// Whose workers these are.
    public nonisolated let primary: Primary

    enum Phase {
        /// Exits: `observing`, at the start.
        case new
        /// It hears what the primary does. Exits: `stopped`, when the primary stops.
        case observing
        case stopped
    }

    var machine: SupervisorStateMachine
    var revisions = RevisionStore()
    /// What the primary has told while actions were being run, oldest first.
    var notices: [PrimaryNotice] = []
    private var isWorking = false
    var phase = Phase.new
    var alarm: Int?
    let configuration: SupervisorConfiguration
    var operations = OperationRecord()
    var outlets = SupervisorOutlets()
    /// Supervised workers whose process has not ended, with what they were forked from.
    var processes: [WorkerID: RevisionID] = [:]
    /// Workers that have not answered their newest heartbeat.
    var awaited: Set<WorkerID> = []
    /// Workers whose process is stopped.
    var paused: Set<WorkerID> = []
    var sampler: Int?
    var expectation: WorkerExpectation?
    /// Why the newest fork failed; nil once one has succeeded.
    public private(set) var forkError: ClusterError?

    /// The primary's thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { primary.unownedExecutor }

    /// Nothing is supervised before ``start(workers:environment:)``.
    ///
    /// - Throws: `INVALID_FIELD` with the field, if workers cannot be kept by this policy.
    public init(
        _ primary: Primary, policy: SupervisionPolicy = SupervisionPolicy(),
        configuration: SupervisorConfiguration = SupervisorConfiguration()
    ) throws(ClusterError) {
        try policy.validate()
        self.primary = primary
        self.configuration = configuration
        machine = SupervisorStateMachine(
            policy: policy, maxInstances: configuration.maxInstances, seed: UInt64.random(in: .min ... .max))
    }

    // MARK: State

    /// How far what runs is from what is wanted.
    public var status: SupervisionStatus { machine.status }

    /// All instances by number.
    public var instances: [InstanceInfo] { machine.instanceInfos(at: .now) }

    /// The rules in force.
    public var policy: SupervisionPolicy { machine.policy }

    /// What the primary and the supervisor have to show, of the same moment.
    public var overview: (cluster: ClusterStatus, supervision: SupervisionStatus) {
        (primary.assumeIsolated { $0.status }, machine.status)
    }

    /// What is known of all supervised workers beyond ``Primary/workers``.
    public var views: [WorkerID: SupervisedWorkerView] { machine.views }

    /// What is known of a supervised worker beyond ``Primary/worker(_:)``; nil if it is not supervised, or has ended.
    public func view(of worker: WorkerID) -> SupervisedWorkerView? { machine.view(of: worker) }

    /// What the next worker is forked from; nil before the start.
    public var revision: WorkerRevision? {
        machine.goodRevision.flatMap { revisions[$0]?.revision }
    }

    /// What happens from now on. Each call has events of its own; who does not read loses the oldest beyond 10,000.
    public func events() -> AsyncStream<SupervisorEvent> {
        outlets.stream { [weak self] number in Task { await self?.removeOutlet(number) } }
    }

    private func removeOutlet(_ number: Int) {
        outlets.remove(number)
    }

    // MARK: The machine

    /// Gives the machine an input and does what follows from it.
    func perform<Result: Sendable>(
        _ input: (inout SupervisorStateMachine) throws(ClusterError) -> Result
    ) throws(ClusterError) -> Result {
        defer { work() }
        return try input(&machine)
    }

    /// Does all actions, and takes what the primary has told meanwhile, until nothing is left. Calls from within leave it to the
    /// outermost one.
    func work() {
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        while true {
            if let action = machine.nextAction() {
                run(action)
            } else if !notices.isEmpty {
                report(notices.removeFirst())
            } else {
                break
            }
        }
        tellExpectation()
    }

    func run(_ action: SupervisorAction) {
        switch action {
        case .fork(let ticket): fork(ticket)
        case .leave(let worker, let ladder, let cause):
            let plan = ladder.plan
            primary.assumeIsolated { $0.leave(worker, plan, requestID: cause.origin) }
        case .heartbeat(let worker, let number):
            guard primary.assumeIsolated({ $0.sendHeartbeat(number, to: worker) }) else {
                machine.didSkipHeartbeat(worker, number: number)
                break
            }
            awaited.insert(worker)
        case .wake(let moment): wake(at: moment)
        case .report(let event): tell(event)
        case .settle(let info):
            operations.settle(info)
            forgetRevisions()
        case .judge(let id, .good): adopt(id)
        case .judge(_, .bad): break
        case .exit: configuration.onGiveUp()
        }
    }

    private func tell(_ event: SupervisorEvent) {
        configuration.onEvent(event)
        outlets.send(event)
    }

    /// A reload has shown that its settings are good, so they become the primary's.
    private func adopt(_ id: RevisionID) {
        guard let patch = revisions[id]?.patch else { return }
        let origin = (machine.operationUnderWay ?? machine.lastEnded)?.requestId
        // It was tried before the reload. The primary may be stopping by now, and then nobody needs them.
        primary.assumeIsolated { try? $0.adopt(patch, requestID: origin) }
    }

    private func fork(_ ticket: ForkTicket) {
        let environment = configuration.environment(instance: ticket.instance)
        let result: Result<WorkerInfo, ClusterError>
        do throws(ClusterError) {
            let (revision, resolved) = try launchable(ticket.revision, instance: ticket.instance)
            let settings = resolved.settings
            let added = resolved.environment
                .merging(revision.environment) { _, new in new }
                .merging(environment) { _, new in new }
            result = primary.assumeIsolated { primary in
                Swift.Result { () throws(ClusterError) in
                    try primary.forkOne(
                        settings, environment: added, instance: ticket.instance, requestID: ticket.because.origin)
                }
            }
        } catch {
            result = .failure(error)
        }
        switch result {
        case .success(let worker):
            forkError = nil
            processes[worker.id] = ticket.revision
            machine.didFork(ticket.id, worker.id, at: .now)
            startSampling()
        case .failure(let error):
            forkError = error
            machine.didFailFork(ticket.id, error, at: .now)
        }
    }

    /// The revision, with its paths found anew if they lead nowhere any more.
    private func launchable(
        _ id: RevisionID, instance: Int
    ) throws(ClusterError) -> (WorkerRevision, ResolvedSettings) {
        guard let entry = revisions[id] else {
            throw ClusterError(.internal, .internalError, "revision \(id.rawValue) is forgotten")
        }
        if let resolved = entry.resolved, (try? resolve(resolved.settings)) != nil { return (entry.revision, resolved) }
        let found = try resolve(entry.revision.settings)
        revisions.didResolve(id, to: found)
        if entry.resolved != nil {
            tell(
                SupervisorEvent(
                    time: .now, kind: .resolvedAnew(exec: found.settings.exec ?? ""), because: nil, instance: instance,
                    workerId: nil))
        }
        return (entry.revision, found)
    }

    func resolve(_ settings: ClusterSettings) throws(ClusterError) -> ResolvedSettings {
        let result = primary.assumeIsolated { primary in
            Swift.Result { () throws(ClusterError) in try primary.resolve(settings) }
        }
        return try result.get()
    }

    /// - Throws: what is wrong with its program or directory.
    func insert(_ revision: WorkerRevision, patch: SettingsPatch? = nil) throws(ClusterError) -> Revision {
        let resolved = try resolve(revision.settings)
        let inserted = revisions.insert(revision, resolved: resolved, patch: patch)
        let awaits = revisions.hasMessageReadiness
        primary.assumeIsolated { $0.awaitReadyMessages(awaits) }
        return inserted
    }

    /// Revisions that no worker is or can be forked from count no more.
    func forgetRevisions() {
        guard revisions.count > 1 else { return }
        revisions.keep(machine.revisionsInUse.union(processes.values))
        let awaits = revisions.hasMessageReadiness
        primary.assumeIsolated { $0.awaitReadyMessages(awaits) }
    }
}

extension Moment {
    /// This moment.
    static var now: Moment { Moment(instant: .now, time: .now) }
}

extension DrainLadder {
    /// SIGKILL follows SIGTERM, so without SIGTERM there is none.
    var plan: EndingPlan {
        EndingPlan(
            terminateAfter: drain, killAfter: drain.flatMap { drain in kill.map { drain + $0 } })
    }
}
