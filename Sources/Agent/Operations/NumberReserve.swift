// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import Shared

/// Reserves worker ids and revisions in the history before they are given. So no later run gives one of them again,
/// even if nothing could be stored.
actor NumberReserve {
    /// How long to wait for a disk that does not answer.
    private static let patience: Duration = .seconds(2)
    /// How many are reserved at a time. A killed run leaves at most as many unused.
    static let block = 100

    private let history: History
    private let tell: @Sendable (NumberReservation) async -> Void
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// The highest number that can have been given when everything asked for so far is done.
    private var asked: NumberReservation
    private var reserved: NumberReservation
    private var hasFailed = false

    /// - Parameters:
    ///   - first: where this run begins, and how far that is reserved.
    ///   - tell: called with each reservation once it is durable.
    init(
        history: History, first: FirstNumbers, clock: any Clock<Duration> = ContinuousClock(), logger: Logger,
        tell: @escaping @Sendable (NumberReservation) async -> Void
    ) {
        self.history = history
        self.clock = clock
        self.logger = logger
        self.tell = tell
        asked = first.given
        reserved = first.reserved ?? first.given
    }

    /// Returns when that many more are reserved, or cannot be reserved in time. In that case the primary continues
    /// from the microseconds since 1970.
    func require(workers: Int = 0, revisions: Int = 0) async {
        asked = asked.after(workers: workers, revisions: revisions)
        await reserve(asked)
    }

    /// Returns when that many more workers can get their ids, like ``require(workers:revisions:)``. For a supervisor,
    /// which forks them when it sees fit.
    func ensure(workers: Int) async {
        await reserve(asked.after(workers: workers, revisions: 0))
    }

    /// Called after the supervisor has forked a worker. It cannot wait, so more are reserved before they are needed.
    func didFork() async {
        asked = asked.after(workers: 1, revisions: 0)
        await reserve(asked.after(workers: Self.block / 2, revisions: 0))
    }

    private func reserve(_ needed: NumberReservation) async {
        guard needed.workerID > reserved.workerID || needed.revision > reserved.revision else { return }
        let wanted = needed.after(workers: Self.block, revisions: Self.block)
        let line = SettleLine()
        Task { [history] in
            do {
                try await history.reserveNumbers(workers: wanted.workerID, settings: wanted.revision)
                await didReserve(wanted)
            } catch {
                didFail(error)
            }
            line.advance(to: 1)
        }
        await line.wait(for: 1, atMost: Self.patience, clock: clock)
    }

    private func didReserve(_ numbers: NumberReservation) async {
        hasFailed = false
        reserved.workerID = max(reserved.workerID, numbers.workerID)
        reserved.revision = max(reserved.revision, numbers.revision)
        await tell(reserved)
    }

    private func didFail(_ error: any Error) {
        guard !hasFailed else { return }
        hasFailed = true
        logger.warning(
            "cannot reserve worker ids and revisions; they go on from the microseconds since 1970, which no other run gives",
            metadata: ["error": "\(error)"])
    }
}

extension NumberReservation {
    func after(workers: Int, revisions: Int) -> NumberReservation {
        NumberReservation(
            workerID: WorkerID(rawValue: workerID.rawValue + workers) ?? workerID, revision: revision + revisions)
    }
}
