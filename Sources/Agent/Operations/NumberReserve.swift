// SPDX-License-Identifier: Apache-2.0

import Cluster
import History
import Logging
import Shared

/// Keeps worker ids and revisions reserved in the history ahead of those that are given, so that no later run gives one
/// again, even if nothing could be stored after it was given.
actor NumberReserve {
    /// What waits for a disk that does not answer.
    private static let patience: Duration = .seconds(2)
    /// How many are reserved at a time. A run that is killed leaves as many unused at most.
    static let block = 100

    private let history: History
    private let tell: @Sendable (NumberReservation) async -> Void
    private let clock: any Clock<Duration>
    private let logger: Logger
    /// What may have been given when all that was asked for is.
    private var asked: NumberReservation
    private var reserved: NumberReservation
    private var hasFailed = false

    /// - Parameters:
    ///   - first: where this run begins, with what is reserved for it.
    ///   - tell: gets each reservation when it is durable.
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

    /// Returns when as many more are reserved, or when that is in vain: the primary goes on from the microseconds
    /// since 1970 then.
    func require(workers: Int = 0, revisions: Int = 0) async {
        asked = asked.after(workers: workers, revisions: revisions)
        await reserve(asked)
    }

    /// Returns when so many more workers can get their ids, as ``require(workers:revisions:)`` does, for a supervisor that
    /// forks them when it sees fit.
    func ensure(workers: Int) async {
        await reserve(asked.after(workers: workers, revisions: 0))
    }

    /// The supervisor has forked a worker. It cannot wait, so more are reserved before they are needed.
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
