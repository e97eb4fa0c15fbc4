// SPDX-License-Identifier: Apache-2.0

import Shared

/// A worker that an instance has, from its fork until it ends or is told to go.
struct SupervisedWorker: Hashable, Codable, Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Stage: Hashable, Codable, Sendable {
        /// Not ready. Exits: `ready`; `disconnected`; told to go, if it is not ready in time.
        ///
        /// - Parameter by: nil: it may take as long as it likes.
        case waiting(by: Instant?)
        /// Exits: `waiting`, if it takes that back; `disconnected`.
        case ready(since: Instant)
        /// It has closed its channel by itself. Exits: its end.
        ///
        /// - Parameter nudgeAt: when it is told to end; nil if it was.
        case disconnected(nudgeAt: Instant?)
    }

    /// Whether it is to be replaced although it works.
    enum Upkeep: Hashable, Codable, Sendable {
        /// Exits: `due`, if it passes a limit.
        case none
        /// Exits: `none`, if its replacement failed.
        case due(SupervisorCause.Reason)
    }

    /// A command such as `:kill` with SIGTERM.
    struct Asked: Hashable, Codable, Sendable {
        let origin: String?
        /// If it lives on beyond this, it has not done what it was asked. Nil: it may take as long as it likes.
        let until: Instant?
    }

    let id: WorkerID
    let instance: Int
    let revision: Revision
    let terms: WorkerTerms
    let forkedAt: Instant
    /// At which part of the largest age it is replaced. It differs, so that workers that were forked together are not
    /// replaced together.
    let ageShare: Double

    var stage: Stage
    var signs: Set<ReadySign> = []
    var pulse = Pulse.off
    var upkeep = Upkeep.none
    /// Until this moment no limit replaces it. Nil if it can be replaced at once.
    var upkeepNotBefore: Instant?
    /// The last command that has asked it to end.
    private var lastAsked: Asked?
    /// Whether it was ever ready, so that it may have something to finish.
    private(set) var wasReady = false
    private var wasPostponed = false
    /// Readings in a row above the limit.
    var highReadings = 0
    /// The longest time that it was ready, before now.
    private var served = Duration.zero

    init(_ id: WorkerID, _ fork: PendingFork, ageShare: Double, at now: Instant) {
        self.id = id
        self.ageShare = ageShare
        instance = fork.instance
        revision = fork.revision
        terms = fork.terms
        forkedAt = now
        stage = .waiting(by: fork.terms.readyTimeout.map { now + $0 })
    }

    /// When being online is enough for a worker that never listens, if no worker of its cluster ever listened. If there
    /// is no limit, the usual one is used here: such a worker would never be ready.
    var consumerReadyAt: Instant { forkedAt + (terms.readyTimeout ?? Self.usualReadyTimeout) }

    static let usualReadyTimeout = Duration.milliseconds(SupervisionPolicy().readyTimeoutMs)

    var isReady: Bool {
        if case .ready = stage { true } else { false }
    }

    /// When it will have been ready for as long as a good worker is; nil if it is not ready.
    var goodAt: Instant? {
        if case .ready(let since) = stage { since + terms.minReady } else { nil }
    }

    /// The longest time that it was ready.
    func served(at now: Instant) -> Duration {
        if case .ready(let since) = stage { max(served, now - since) } else { served }
    }

    mutating func didAskToEnd(_ asked: Asked) {
        lastAsked = asked
    }

    /// The command that has asked it to end. Nil if no command has, or if the worker has lived on.
    func asked(at now: Instant) -> Asked? {
        lastAsked.flatMap { ($0.until ?? now) >= now ? $0 : nil }
    }

    mutating func didBecomeReady(at now: Instant) {
        wasReady = true
        stage = .ready(since: now)
    }

    /// - Parameter by: when it must be ready again.
    mutating func didLoseReadiness(by deadline: Instant?, at now: Instant) {
        served = served(at: now)
        stage = .waiting(by: deadline)
        // What it said before does not count any more.
        signs.formIntersection([.online])
    }

    mutating func didDisconnect(nudgeAt: Instant, at now: Instant) {
        served = served(at: now)
        stage = .disconnected(nudgeAt: nudgeAt)
        pulse = .off
    }

    /// For so long this program could not run, and what the worker did meanwhile has not been read. So the worker gets that
    /// time again. But only once: if the program were late again and again, it would never judge the worker.
    mutating func postpone(by time: Duration, at now: Instant) {
        pulse.beginWaitAnew(at: now)
        guard !wasPostponed else { return }
        switch stage {
        case .waiting(by: let deadline?): stage = .waiting(by: deadline + time)
        // One that was good before has nothing to prove.
        case .ready(let since) where since + terms.minReady > now - time: stage = .ready(since: since + time)
        case .waiting, .ready, .disconnected: return
        }
        wasPostponed = true
    }

    /// When it reaches the largest age.
    func retiresAt(_ policy: SupervisionPolicy) -> Instant? {
        guard let maxAgeMs = policy.maxAgeMs else { return nil }
        return forkedAt + .milliseconds(Int64(Double(maxAgeMs) * ageShare))
    }
}

/// A worker that was told to go and has not ended.
struct Departure: Hashable, Codable, Sendable {
    /// Its instance at that time; nil if it was forked for one that was gone by then.
    let instance: Int?
    /// It was stopped because of a failure, which its last words explain.
    let failure: WorkerFailure.Reason?
    /// It may take as long as it likes while it can be asked, that is, until its channel closes.
    let isUnlimited: Bool
}
