// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Supervision

/// Looks at what a supervisor did, step by step, and at what must hold whatever happens. It knows the machine's actions and what
/// the workers did, not the machine's tables.
struct LifeWatch {
    private let harness: SupervisorHarness
    private var seenActions = 0
    private var desired = 0
    /// The operation that has no verdict yet.
    private var current: OperationInfo?
    private var begun: Set<OperationID> = []
    private var ended: Set<OperationID> = []
    /// Instances that were taken away and may not get a worker before somebody wants more.
    private var unwanted: Set<Int> = []
    private var bad: Set<RevisionID> = []
    /// When an instance may get its next worker after a failure.
    private var notBefore: [Int: ContinuousClock.Instant] = [:]

    init(_ harness: SupervisorHarness) {
        self.harness = harness
    }

    mutating func look() {
        let log = harness.log
        for entry in log[seenActions...] { check(entry) }
        seenActions = log.count
        harness.require(harness.machine.desired == desired, "\(harness.machine.desired) are desired, not \(desired)")
        checkCount()
        checkWake()
    }

    func checkOperationsHaveEnded() {
        harness.require(begun == ended, "operations without a verdict: \(begun.subtracting(ended))")
    }

    private mutating func check(_ entry: SupervisorHarness.Entry) {
        switch entry.action {
        case .fork(let ticket): check(ticket, at: entry.instant)
        case .report(let event): check(event, at: entry.instant)
        case .judge(let revision, .bad): bad.insert(revision)
        case .leave(let worker, _, because: let cause): checkLeave(worker, cause, entry)
        case .judge(_, .good), .heartbeat, .wake, .settle, .exit: break
        }
    }

    private mutating func check(_ ticket: ForkTicket, at instant: ContinuousClock.Instant) {
        harness.require(
            !unwanted.contains(ticket.instance), "instance \(ticket.instance) gets a worker and is not wanted")
        harness.require(!bad.contains(ticket.revision), "\(ticket.revision) is bad and is forked again")
        guard let earliest = notBefore.removeValue(forKey: ticket.instance), ticket.because.reason == .failure else {
            return
        }
        harness.require(instant >= earliest, "instance \(ticket.instance) is tried \(earliest - instant) too early")
    }

    private mutating func check(_ event: SupervisorEvent, at instant: ContinuousClock.Instant) {
        switch event.kind {
        case .scale(let from, let to):
            // Who asks for the number that is desired already makes it the one that is stored.
            let isNews = to != from || event.because?.reason == .scale
            harness.require(from == desired && isNews, "from \(from) to \(to), and \(desired) were desired")
            desired = to
            harness.require(
                event.because?.reason != .policy || harness.machine.policy.restart != .always, "nothing is always left")
            if to > from { unwanted = [] }
        case .restart(let attempt, let delayMs):
            let policy = harness.machine.policy
            let nominal = attempt == 0 ? 0 : min(policy.backoffMs << min(attempt - 1, 20), policy.backoffMaxMs)
            let range = Int64(nominal)...Int64(nominal + nominal / 4)
            harness.require(range.contains(delayMs), "the delay after \(attempt) failures is \(delayMs)")
            if let instance = event.instance, delayMs > 0 { notBefore[instance] = instant + .milliseconds(delayMs) }
        case .operationBegan(let info):
            harness.require(current == nil, "\(info.id) begins during another one")
            current = info
            begun.insert(info.id)
        case .operationEnded(let info):
            harness.require(current?.id == info.id && info.verdict != nil, "\(info.id) ends and did not begin")
            harness.require((info.verdict == .aborted) == (info.failure != nil), "\(info.id) hides its failure")
            current = nil
            ended.insert(info.id)
        case .operationProgressed(let id, _):
            harness.require(current?.id == id, "\(id) goes on and is over")
        case .resolvedAnew:
            harness.require(false, "the machine knows no programs")
        case .ready, .unresponsive, .responsive, .limit, .gaveUp:
            break
        }
    }

    /// A worker that serves goes only when another one of its instance does, unless workers may be missing.
    private mutating func checkLeave(_ worker: WorkerID, _ cause: SupervisorCause, _ entry: SupervisorHarness.Entry) {
        guard let model = harness.workers[worker] else { return }
        switch cause.reason {
        case .disconnect, .disconnectAll, .scale:
            unwanted.insert(model.instance)
        case .reload, .restart, .memory, .age:
            guard entry.wasReady, let floor = entry.floor else { return }
            harness.require(
                entry.readyAfter >= floor || entry.readyAfter >= entry.readyBefore,
                "\(entry.readyAfter) are ready after \(worker) was told to go because of \(cause.reason)")
        case .start, .kill, .withdrawn, .failure, .notReady, .unresponsive, .channelClosed, .policy:
            break
        }
    }

    private func checkCount() {
        let surge = harness.machine.operation?.rollout?.surge ?? 1
        let count = harness.staying.count + harness.openTickets
        harness.require(
            count <= harness.machine.desired + surge,
            "\(count) workers are there or being forked, for \(harness.machine.desired) and \(surge) more")
    }

    /// Those who wait are woken.
    private func checkWake() {
        for instance in harness.machine.instances.values {
            guard case .backingOff(let until) = instance.state else { continue }
            harness.require(harness.wake.map { $0 <= until } ?? false, "nobody wakes instance \(instance.number)")
        }
    }
}
