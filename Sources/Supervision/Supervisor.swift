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
    /// What reloads have found to be bad.
    var rejected = RejectedReleases()
    /// Set over the primary's environment for every worker.
    var environment: [String: String] = [:]
    var forkQueue = ForkQueue()
    /// The timer of the next turn, if forks wait for it.
    var turn: Int?
    /// Resumed when no fork waits any more.
    var forkWaiters: [CheckedContinuation<Void, Never>] = []
    /// Something has ended that a revision may have been kept for.
    var mayForget = false
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
    public internal(set) var forkError: ClusterError?

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
    public var instances: [InstanceInfo] {
        machine.instanceInfos(at: .now).map { instance in
            var info = instance
            info.residentBytes = instance.workerId.flatMap { id in
                primary.assumeIsolated { $0.recentResidentBytes(of: id) }
            }
            return info
        }
    }

    /// The rules in force.
    public var policy: SupervisionPolicy { machine.policy }

    /// What the primary and the supervisor have to show, of the same moment.
    public var overview: (cluster: ClusterStatus, supervision: SupervisionStatus) {
        (primary.assumeIsolated { $0.status }, machine.status)
    }

    /// The live workers, and what is known of them, of the same moment. In one call, because each changes threads twice.
    ///
    /// - Parameter choose: the workers whose figures are wanted.
    public func observed(measuring choose: @Sendable ([WorkerInfo]) -> [WorkerID]) -> ObservedWorkers {
        primary.assumeIsolated { [views = machine.views] primary in
            let workers = primary.workers
            return ObservedWorkers(workers: workers, views: views, figures: primary.figures(of: choose(workers)))
        }
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
    ///
    /// Many forks take many turns of the loop, so that connections and calls do not wait for them.
    func work() {
        guard !isWorking else { return }
        isWorking = true
        defer { isWorking = false }
        var turnEnd: ContinuousClock.Instant?
        while true {
            if let action = machine.nextAction() {
                run(action)
            } else if !notices.isEmpty {
                report(notices.removeFirst())
            } else if turn == nil, let ticket = forkQueue.next(where: { machine.awaits($0) }) {
                if turnEnd == nil { turnEnd = ContinuousClock.now + Self.forkTurn }
                fork(ticket)
                if let turnEnd, turnEnd <= .now, !forkQueue.isEmpty { takeNextTurn() }
            } else {
                break
            }
        }
        if mayForget { forgetRevisions() }
        if forkQueue.isEmpty { resumeForkWaiters() }
        tellExpectation()
    }

    func run(_ action: SupervisorAction) {
        switch action {
        case .fork(let ticket): forkQueue.append(ticket)
        case .leave(let worker, let ladder, let cause):
            let plan = ladder.plan
            // If nobody comes after its last worker, a port is emptied before it closes.
            tellExpectation()
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
            rejected.explain(info)
            operations.settle(info)
            forgetRevisions()
        case .judge(let id, .good):
            if let entry = revisions[id] { rejected.remove(Release(entry)) }
            adopt(id)
        case .judge(let id, .bad): reject(id)
        case .exit: configuration.onGiveUp()
        }
    }

    func tell(_ event: SupervisorEvent) {
        configuration.onEvent(event)
        outlets.send(event)
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
