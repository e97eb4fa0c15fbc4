// SPDX-License-Identifier: Apache-2.0

import Shared

/// A numbered place that is kept filled with a worker.
struct Instance: Hashable, Codable, Sendable {
    typealias Instant = ContinuousClock.Instant

    enum State: Hashable, Codable, Sendable {
        /// It waits for a fork. Exits: `running`; `backingOff` or `gaveUp`, if the fork fails.
        case forking(ForkTicket.ID)
        /// It has this worker, ready or not. Exits: `replacing`; `forking`, if the worker must leave first; when the
        /// worker has ended, `forking`, `backingOff` or `gaveUp`.
        case running(WorkerID)
        /// The worker stays until its successor is good. Exits: `running` with the successor, or with the old worker if
        /// the successor failed; `forking`, if the old worker ended before the successor was forked.
        case replacing(WorkerID, by: Successor)
        /// Exits: `forking`, at that moment, or earlier for an operation.
        case backingOff(until: Instant)
        /// It does not try again. Exits: `forking`, if somebody scales, restarts or reloads.
        case gaveUp
    }

    enum Successor: Hashable, Codable, Sendable {
        /// Exits: `worker`.
        case forking(ForkTicket.ID)
        case worker(WorkerID)

        /// The state of an instance that has only this successor.
        var alone: State {
            switch self {
            case .forking(let ticket): .forking(ticket)
            case .worker(let worker): .running(worker)
            }
        }
    }

    /// Whether its last worker failed.
    enum Health: String, Hashable, Codable, Sendable {
        /// Exits: `troubled`, at a failure.
        case sound
        /// Exits: `sound`, when a worker is ready.
        case troubled
    }

    let number: Int
    var state: State
    var health = Health.sound
    /// How many workers were asked for after the first.
    var restarts = 0
    var streak = FailureStreak()
    var lastFailure: WorkerFailure?

    init(_ number: Int, waitingFor ticket: ForkTicket.ID) {
        self.number = number
        state = .forking(ticket)
    }

    /// The worker that serves, or will serve next.
    var worker: WorkerID? {
        switch state {
        case .running(let worker), .replacing(let worker, by: _): worker
        case .forking, .backingOff, .gaveUp: nil
        }
    }

    /// Whether it has no worker and waits for none.
    var isEmpty: Bool {
        switch state {
        case .backingOff, .gaveUp: true
        case .forking, .running, .replacing: false
        }
    }

    /// The worker that will take its place.
    var successor: WorkerID? {
        if case .replacing(_, by: .worker(let worker)) = state { worker } else { nil }
    }

    /// What a worker is to its instance.
    enum Position: Hashable, Sendable {
        case only
        case old(by: Successor)
        case successor(of: WorkerID)
    }

    /// Nil for a worker that it does not have.
    func position(of worker: WorkerID) -> Position? {
        switch state {
        case .running(worker): .only
        case .replacing(worker, by: let successor): .old(by: successor)
        case .replacing(let old, by: .worker(worker)): .successor(of: old)
        case .forking, .running, .replacing, .backingOff, .gaveUp: nil
        }
    }

    /// What the worker of the fork that it waits for will be to it. Nil if it waits for none.
    var positionOfFork: Position? {
        switch state {
        case .forking: .only
        case .replacing(let old, by: .forking): .successor(of: old)
        case .running, .replacing, .backingOff, .gaveUp: nil
        }
    }

    /// The fork whose result it waits for.
    var ticket: ForkTicket.ID? {
        switch state {
        case .forking(let ticket), .replacing(_, by: .forking(let ticket)): ticket
        case .running, .replacing, .backingOff, .gaveUp: nil
        }
    }
}
