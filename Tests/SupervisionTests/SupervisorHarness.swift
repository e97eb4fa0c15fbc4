// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Supervision

/// Plays the primary and its workers: does a machine's actions in memory and keeps account of what they did. An action that
/// no primary should be asked for is a violation.
final class SupervisorHarness {
    var machine: SupervisorStateMachine
    /// Forks that were asked for and have no result yet, oldest first.
    private(set) var tickets: [ForkTicket] = []
    var workers: [WorkerID: WorkerModel] = [:]
    private(set) var events: [SupervisorEvent] = []
    private(set) var settled: [OperationInfo] = []
    private(set) var judged: [RevisionID: RevisionVerdict] = [:]
    /// How often the agent was told to end.
    private(set) var exits = 0
    /// When the machine is to be called.
    private(set) var wake: ContinuousClock.Instant?
    private(set) var wakes = 0
    var violations: [String] = []

    private(set) var instant: ContinuousClock.Instant
    /// What the machine's clock shows; a test may set it.
    var time = Timestamp(milliseconds: 1_000_000)
    private var nextWorker = WorkerID.first
    private var operationNumber = 0
    let readiness: Readiness

    /// - Parameter workers: nil: not started yet.
    init(
        workers: Int? = nil, seed: UInt64 = 1, readiness: Readiness = .automatic, maxInstances: Int = 2000,
        _ configure: (inout SupervisionPolicy) -> Void = { _ in }
    ) {
        var policy = SupervisionPolicy()
        policy.heartbeatMs = 0
        configure(&policy)
        instant = ContinuousClock.now
        self.readiness = readiness
        machine = SupervisorStateMachine(policy: policy, maxInstances: maxInstances, seed: seed)
        machine.setUp(Revision(id: .one, readiness: readiness))
        guard let workers else { return }
        perform { try? $0.start(workers: workers, at: $1) }
    }

    func nextOperationNumber() -> Int {
        operationNumber += 1
        return operationNumber
    }

    var now: Moment { Moment(instant: instant, time: time) }

    // MARK: Time

    /// Wakes the machine whenever it has asked for that.
    func advance(by duration: Duration) {
        let end = instant + duration
        while let wake, wake <= end {
            move(to: max(wake, instant))
            self.wake = nil
            wakes += 1
            perform { $0.didWake(at: $1) }
        }
        move(to: end)
    }

    /// Lets time pass while nobody wakes the machine.
    func passWithoutWake(_ duration: Duration) {
        move(to: instant + duration)
    }

    private func move(to next: ContinuousClock.Instant) {
        time = time.advanced(by: next - instant)
        instant = next
    }

    // MARK: The primary

    /// Gives the machine a call, does its actions, and checks what must hold.
    @discardableResult
    func perform<Result>(_ body: (inout SupervisorStateMachine, Moment) -> Result) -> Result {
        let result = body(&machine, now)
        drain()
        return result
    }

    func performThrowing<Result>(
        _ body: (inout SupervisorStateMachine, Moment) throws(ClusterError) -> Result
    ) throws(ClusterError) -> Result {
        defer { drain() }
        return try body(&machine, now)
    }

    private func drain() {
        while let action = machine.nextAction() { run(action) }
    }

    /// An action, and the readiness of workers at that time.
    struct Entry {
        let action: SupervisorAction
        let instant: ContinuousClock.Instant
        /// Of a worker that was told to go: whether it was ready.
        var wasReady = false
        var readyBefore = 0
        var readyAfter = 0
        /// How many instances must stay ready; nil if no operation is under way.
        var floor: Int?
    }

    /// All actions, if they are kept.
    private(set) var log: [Entry] = []
    var keepsLog = false

    private func note(_ action: SupervisorAction) {
        var entry = Entry(action: action, instant: instant)
        if case .leave(let worker, _, because: let cause) = action {
            entry.wasReady = workers[worker]?.isReady == true
            entry.readyBefore = readyInstances(without: nil)
            entry.readyAfter = readyInstances(without: worker)
            switch cause.reason {
            case .reload, .restart: entry.floor = floor
            case .memory, .age: entry.floor = entry.readyBefore
            default: break
            }
        }
        if case .report(let event) = action, case .operationBegan = event.kind {
            floor = machine.operation?.rollout.map { readyInstances(without: nil) - $0.unavailable }
        }
        log.append(entry)
    }

    /// How many instances must stay ready during the operation.
    private var floor: Int?

    private func readyInstances(without worker: WorkerID?) -> Int {
        let ready = workers.filter {
            $0.key != worker && $0.value.isReady && $0.value.isAlive && $0.value.leaving == nil
        }
        return Set(ready.values.map(\.instance)).count
    }

    /// Forks without a result that somebody waits for.
    var openTickets: Int { tickets.count { machine.forks[$0.id] != nil } }

    private func run(_ action: SupervisorAction) {
        if keepsLog { note(action) }
        switch action {
        case .fork(let ticket):
            require(!tickets.contains { $0.id == ticket.id }, "ticket \(ticket.id) is used twice")
            tickets.append(ticket)
        case .leave(let worker, let ladder, because: let cause):
            guard let model = workers[worker], model.isAlive else {
                return require(false, "\(worker) is told to go and is not there")
            }
            // One that has closed its channel may still have to be told for another reason.
            let reason = model.leaving?.because.reason
            require(
                reason == nil || reason == .channelClosed || cause.reason == .channelClosed,
                "\(worker) is told to go twice")
            workers[worker]?.leaving = (ladder, cause)
        case .heartbeat(let worker, number: let number):
            require(workers[worker]?.isAlive == true, "\(worker) gets a heartbeat and is not there")
            require(workers[worker]?.heartbeat == nil, "\(worker) gets a heartbeat before it has answered the last")
            require(workers[worker]?.leaving == nil, "\(worker) gets a heartbeat and leaves")
            workers[worker]?.heartbeat = number
        case .wake(let at):
            wake = min(wake ?? at, at)
        case .report(let event):
            events.append(event)
            // By being online at the timeout, too.
            if case .ready = event.kind, let worker = event.workerId { workers[worker]?.isReady = true }
        case .settle(let info):
            require(info.verdict != nil && info.phase == .done, "\(info.id) is settled without a verdict")
            require(!settled.contains { $0.id == info.id }, "\(info.id) has two verdicts")
            settled.append(info)
        case .judge(let revision, let verdict):
            require(judged[revision] == nil || verdict == .good, "\(revision) is judged twice")
            judged[revision] = verdict
        case .exit:
            exits += 1
        }
    }

    func require(_ condition: Bool, _ violation: @autoclosure () -> String) {
        if !condition { violations.append(violation()) }
    }

    // MARK: Workers

    /// Forks for the oldest ticket, or this one.
    @discardableResult
    func fork(_ ticket: ForkTicket? = nil) -> WorkerID? {
        guard let ticket = ticket ?? tickets.first else { return nil }
        tickets.removeAll { $0.id == ticket.id }
        let id = nextWorker
        nextWorker = id.next
        workers[id] = WorkerModel(
            instance: ticket.instance, revision: ticket.revision, readiness: readiness)
        perform { $0.didFork(ticket.id, id, at: $1) }
        return id
    }

    func failFork() {
        guard !tickets.isEmpty else { return }
        let ticket = tickets.removeFirst()
        let error = ClusterError(.failedPrecondition, .execNotFound, "no such file")
        perform { $0.didFailFork(ticket.id, error, at: $1) }
    }

    func sign(_ worker: WorkerID, _ signs: ReadySign...) {
        for sign in signs {
            workers[worker]?.sign(sign)
            perform { $0.didSign(worker, sign, at: $1) }
        }
    }

    func loseReadiness(_ worker: WorkerID) {
        workers[worker]?.isReady = false
        perform { $0.didLoseReadiness(worker, at: $1) }
    }

    /// What is answered later tells nothing any more.
    func pause(_ worker: WorkerID) {
        workers[worker]?.heartbeat = nil
        perform { machine, _ in machine.didPause(worker) }
    }

    func disconnect(_ worker: WorkerID) {
        workers[worker]?.isReady = false
        workers[worker]?.isConnected = false
        perform { $0.didDisconnect(worker, at: $1) }
    }

    /// Forks all that are asked for, and lets them listen.
    @discardableResult
    func comeUp() -> [WorkerID] {
        var forked: [WorkerID] = []
        while let worker = fork() {
            sign(worker, .online, .listening)
            forked.append(worker)
        }
        return forked
    }

    func exit(
        _ worker: WorkerID, code: Int32? = 1, signal: Signal? = nil, stderr: String? = nil,
        because cause: ExitCause = .itself
    ) {
        workers[worker]?.isAlive = false
        let report = ExitReport(
            reason: signal == nil ? .exited : .signaled, code: signal == nil ? code : nil, signal: signal,
            stderr: stderr, requestId: cause == .command ? "kill-1" : nil)
        perform { $0.didExit(worker, report, because: cause, at: $1) }
    }

    /// Those that were told to go have ended.
    func endLeaving() {
        for worker in leaving { exit(worker, code: 0) }
    }

    var leaving: [WorkerID] {
        workers.filter { $0.value.isAlive && $0.value.leaving != nil }.keys.sorted()
    }

    /// Those that live and were not told to go.
    var staying: [WorkerID] {
        workers.filter { $0.value.isAlive && $0.value.leaving == nil }.keys.sorted()
    }

    func answer(_ worker: WorkerID) {
        guard let number = workers[worker]?.heartbeat else { return }
        workers[worker]?.heartbeat = nil
        perform { $0.didAnswerHeartbeat(worker, number: number, at: $1) }
    }
}
