// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared

/// The rules of node:cluster's primary: requests and reports go in, actions come out.
///
/// It owns no descriptor, no task and no clock. Commands return their immediate result or throw; `did…`
/// methods take what the driver and the workers report. Both append to `actions`, which the driver drains.
struct PrimaryStateMachine {
    /// Whether a socket without workers is kept for those to come.
    enum Intent {
        /// Exits: `workers`, at a fork.
        case none
        /// Exits: `none`, when all workers are asked to leave.
        case workers
    }

    /// The supervisor's plans for workers; see ``expect(_:)``.
    var expectation: WorkerExpectation?

    /// When the policy can no longer be changed (`schedulingPolicy` in Node's documentation).
    enum PolicyPhase {
        /// Exits: `frozen`, at the first fork or setupPrimary.
        case open
        case frozen
    }

    let maxWorkers: Int
    let maxPendingConnections: Int
    /// How long the processes that a leaving worker leaves behind may live on.
    let orphanGrace: Duration
    /// How long a socket that workers have asked for is kept without them.
    let listenerLinger: Duration
    /// Sockets that one worker may have asked for.
    var maxSocketsPerWorker = 4096
    var connectionBudget = ConnectionBudget()
    /// How many connections of closed sockets a worker may leave unanswered.
    let maxUnansweredConnections = 256

    var settings: ClusterSettings
    var policyPhase = PolicyPhase.open
    var intent = Intent.none
    var workers = WorkerTable()
    var forkOrders: [ForkOrder.ID: ForkOrder] = [:]
    var workerNumbers: WorkerNumbers
    var revisions: ReservedNumbers
    var handles = HandleTable()
    var handovers = HandoverTable()
    /// How connections are spread.
    let steering: SteeringPolicy
    /// How often the watch has looked.
    var watchTick = 0
    /// Workers that get no new connections because they hang.
    var hung: Set<WorkerID> = []
    /// Workers that were asked for a sign of life, with the tick of each question.
    var probes: [WorkerID: Int] = [:]
    /// Sockets in which connections waited when the watch looked last.
    var lastBacklogs: [HandleID: Set<SlotID>] = [:]
    var phase = Phase.running
    /// When `didWake` must be called. Nil if nothing is due later.
    var nextWake: ContinuousClock.Instant?

    /// How many connections came back from workers that left, by instance. Workers that are not supervised are together.
    private(set) var returnedConnections: [Int?: UInt64] = [:]
    /// The number of the newest event.
    private(set) var eventNumber: UInt64 = 0
    private var forkOrderNumber = 0
    private var sequence = 0
    private var actions: Deque<Action> = []

    init(_ configuration: PrimaryConfiguration) {
        maxWorkers = configuration.maxWorkers
        maxPendingConnections = configuration.maxPendingConnections
        orphanGrace = configuration.orphanGrace
        listenerLinger = configuration.listenerLinger
        steering = configuration.steering
        settings = configuration.settings
        settings.execArgv = Self.withLogFile(settings.execArgv)
        workerNumbers = WorkerNumbers(
            first: configuration.firstWorkerID, reservedThrough: configuration.reserved?.workerID)
        revisions = ReservedNumbers(through: configuration.reserved?.revision)
    }

    mutating func nextAction() -> Action? {
        actions.popFirst()
    }

    mutating func act(_ action: Action) {
        actions.append(action)
    }

    mutating func emit(
        _ kind: PrimaryEvent.Kind, worker: WorkerSnapshot? = nil, requestID: String?, because cause: Cause? = nil,
        at time: Timestamp
    ) {
        eventNumber += 1
        var event = PrimaryEvent(number: eventNumber, time: time, worker: worker, requestID: requestID, kind: kind)
        event.isCommanded = cause?.isCommand == true
        event.isSupervised = cause?.isSupervision == true
        act(.emit(event))
    }

    mutating func note(_ note: EventNote, requestID: String?, at time: Timestamp) {
        let worker = note.workerId.flatMap { workers[$0]?.snapshot }
        emit(.noted(note), worker: worker, requestID: requestID, at: time)
    }

    /// Emits an event of a worker as it is now. The request that forked it counts as its cause.
    mutating func emit(_ kind: PrimaryEvent.Kind, of record: WorkerRecord, at time: Timestamp) {
        emit(kind, worker: record.snapshot, requestID: record.forkRequest, at: time)
    }

    /// - Parameter instance: of the worker that left.
    mutating func didReturnConnection(from instance: Int?) {
        returnedConnections[instance, default: 0] += 1
    }

    /// Numbers the messages that expect an answer.
    mutating func nextSequence() -> Int {
        defer { sequence += 1 }
        return sequence
    }

    mutating func nextForkOrderID() -> ForkOrder.ID {
        defer { forkOrderNumber += 1 }
        return ForkOrder.ID(rawValue: forkOrderNumber)
    }

    /// The live workers by id.
    var workerInfos: [WorkerInfo] { workers.infos }

    var status: ClusterStatus {
        ClusterStatus(
            settings: settings,
            workers: workers.counts,
            handles: handles.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value.info))
    }
}
