// SPDX-License-Identifier: Apache-2.0

public import Shared

/// The rules that keep a desired number of workers running. Commands and reports go in, actions come out.
///
/// It owns no process, no task and no clock, and its randomness comes from a seed. Commands return their immediate result or
/// throw. `did…` methods take what the primary reports. Both append actions, which ``nextAction()`` hands out.
///
/// All state is plain values, so that a later program could read it and continue.
public struct SupervisorStateMachine: Hashable, Codable, Sendable {
    /// A time on the clock that never jumps.
    public typealias Instant = ContinuousClock.Instant

    /// Whether workers are kept.
    enum Phase: String, Hashable, Codable, Sendable {
        /// Exits: `stopped`, at ``stop(at:)``.
        case running
        /// The primary ends all workers.
        case stopped
    }

    /// The most workers that may be wanted.
    let maxInstances: Int

    /// The rules in force.
    public internal(set) var policy: SupervisionPolicy
    var phase = Phase.running
    /// As many as are desired.
    var instances: [Int: Instance] = [:]
    /// The workers that instances have.
    var workers: [WorkerID: SupervisedWorker] = [:]
    var departures: [WorkerID: Departure] = [:]
    var forks: [ForkTicket.ID: PendingFork] = [:]
    var revisions = RevisionTable()
    var operation: Operation?
    /// The newest one that has its verdict, so that the command that began or ended it can answer with that.
    var lastEnded: OperationInfo?
    var upkeep = UpkeepQueue()
    /// Whether a worker of this cluster ever listened, supervised or not.
    var hasListened = false
    var lastFailure: WorkerFailure?
    /// Whether the agent was told that all instances have given up. It is told once, and again only if one has tried
    /// since.
    var hasToldExit = false
    /// When heartbeats are sent next; nil if no worker gets any.
    var nextBeat: Instant?
    var beatNumber = 0
    /// When `didWake` is to be called; nil if there is nothing to do later.
    private(set) var nextWake: Instant?
    private var ticketNumber = 0
    private var random: SplitMix64
    /// Not stored, because they are done before the state is stored.
    private var actions = ActionQueue()

    enum CodingKeys: String, CodingKey {
        case maxInstances, policy, phase, instances, workers, departures, forks, revisions, operation, lastEnded, upkeep
        case hasListened, lastFailure, hasToldExit, nextBeat, beatNumber, nextWake, ticketNumber, random
    }

    /// - Parameters:
    ///   - maxInstances: the most workers that may be wanted.
    ///   - seed: where the randomness of delays comes from.
    public init(policy: SupervisionPolicy, maxInstances: Int, seed: UInt64) {
        self.policy = policy
        self.maxInstances = maxInstances
        random = SplitMix64(seed: seed)
    }

    /// The oldest action that was not handed out yet.
    public mutating func nextAction() -> SupervisorAction? {
        actions.next()
    }

    /// How many workers are wanted.
    public var desired: Int { instances.count }

    /// What the next worker is forked from; nil if nothing was set up.
    public var goodRevision: RevisionID? { revisions.good?.id }

    /// What was set up and waits until no worker is wanted; nil if nothing does.
    public var pendingRevision: RevisionID? { revisions.pending?.id }

    /// What a worker may still be forked from: the last good revision, and those of operations and forks under way.
    var revisionsInUse: Set<RevisionID> {
        var used = Set(forks.values.map(\.revision.id))
        if let good = revisions.good { used.insert(good.id) }
        if let pending = revisions.pending { used.insert(pending.id) }
        if case .rolling(let rollout) = operation?.work { used.insert(rollout.revision.id) }
        return used
    }

    /// Whether somebody still waits for this fork.
    public func awaits(_ ticket: ForkTicket.ID) -> Bool { forks[ticket] != nil }

    mutating func act(_ action: SupervisorAction) {
        actions.append(action)
    }

    mutating func report(
        _ kind: SupervisorEvent.Kind, because cause: SupervisorCause? = nil, instance: Int? = nil,
        worker: WorkerID? = nil,
        at moment: Moment
    ) {
        act(
            .report(
                SupervisorEvent(
                    time: moment.time, kind: kind, because: cause, instance: instance, workerId: worker)))
    }

    /// 0 to 1, each number as likely as any other.
    mutating func randomShare() -> Double {
        Double.random(in: 0...1, using: &random)
    }

    // MARK: Time

    /// Asks for ``didWake(at:)`` at this moment, or before.
    mutating func wake(at instant: Instant?) {
        guard let instant, nextWake.map({ instant < $0 }) ?? true else { return }
        nextWake = instant
        act(.wake(at: instant))
    }

    mutating func didTakeWake() {
        nextWake = nil
    }

    // MARK: Forks

    /// Asks for a worker. The caller puts the ticket into the instance's state.
    mutating func order(
        for instance: Int, _ revision: Revision, _ terms: WorkerTerms, because cause: SupervisorCause
    ) -> ForkTicket.ID {
        let id = ForkTicket.ID(rawValue: ticketNumber)
        ticketNumber += 1
        forks[id] = PendingFork(instance: instance, revision: revision, terms: terms)
        act(.fork(ForkTicket(id: id, instance: instance, revision: revision.id, because: cause)))
        return id
    }

    /// Nobody waits for this fork any more. If it is done all the same, its worker is told to go.
    mutating func withdraw(_ ticket: ForkTicket.ID) {
        forks[ticket] = nil
        actions.removeFork(ticket)
    }
}

/// SplitMix64: the same numbers from the same seed, as one plain value.
struct SplitMix64: RandomNumberGenerator, Hashable, Codable, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
