// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// Plays the driver, the kernel and the workers: does a machine's actions in memory and keeps account of what
/// they did. An action that no driver should be asked for is a violation.
final class MachineHarness {
    var machine: PrimaryStateMachine
    var workers: [WorkerID: WorkerModel] = [:]
    var handles: [HandleID: HandleModel] = [:]
    var connections: [ConnectionID: ConnectionModel] = [:]
    /// Sockets that the machine asked for and that are neither bound nor refused yet, oldest first.
    var pendingBinds: [HandleID] = []
    /// Handles for which `didRest` is due.
    var rests: [HandleID] = []
    /// Timers of sockets without workers, oldest first.
    var lingers: [(handle: HandleID, number: Int)] = []
    /// Workers that were asked for a sign of life and have given none.
    var probes: [WorkerID] = []
    /// Handles that are emptied, oldest first.
    var emptied: [HandleID] = []
    /// Whether emptying ends only when ``endEmptying()`` is called.
    var holdsEmptying = false
    /// Handles whose program may have changed.
    var unsteered: Set<HandleID> = []
    /// The most instructions that the kernel takes.
    var longestProgram = Int.max
    var events: [PrimaryEvent] = []
    var violations: [String] = []

    /// What the next sockets are answered with; nil leaves them pending.
    var bindErrno: Int32? = 0
    /// What the next sockets at a port that is bound already are answered with.
    var slotErrno: Int32 = 0
    /// What the next sockets that workers are to be started with are answered with.
    var openErrno: Int32 = 0
    var spawnSucceeds = true
    /// The workers of whom the supervisor was told that they listen, once for each time.
    var listening: [WorkerID] = []
    /// Whether the workers' program is Node's.
    var runsNode = true
    /// The workers whose first word is awaited for a time.
    var awaited: [WorkerID] = []

    /// The workers whose sessions have others that live on.
    var sessions: Set<WorkerID> = []
    var forgottenSessions: [WorkerID] = []
    /// When the machine is to be called.
    var wake: ContinuousClock.Instant?
    /// What those were told who have stopped the primary.
    var stops: [[WorkerID]] = []
    var instant = ContinuousClock.now

    private var clock: Int64 = 0
    var connectionNumber: UInt64 = 0
    var querySequence = 0
    var pid: Int32 = 1000

    init(_ configure: (inout PrimaryConfiguration) -> Void = { _ in }) {
        var configuration = PrimaryConfiguration()
        configuration.settings.exec = "worker.js"
        configure(&configuration)
        machine = PrimaryStateMachine(configuration)
    }

    /// A moment later each time.
    var now: Timestamp {
        clock += 1
        return Timestamp(milliseconds: clock)
    }

    /// Whether a process was started with this socket and still runs.
    func isHeld(_ id: HandleID) -> Bool {
        workers.values.contains { $0.isRunning && $0.inherited.contains(id) }
    }

    func require(_ condition: Bool, _ violation: @autoclosure () -> String) {
        if !condition { violations.append(violation()) }
    }
}
