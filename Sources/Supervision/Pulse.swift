// SPDX-License-Identifier: Apache-2.0

/// Whether a worker's event loop runs, as its answers to heartbeats show.
enum Pulse: Hashable, Codable, Sendable {
    typealias Instant = ContinuousClock.Instant

    /// It is not online, or it is a silent program that would not answer. Exits: `idle`, when it speaks; `paused`.
    case off
    /// It is being debugged or was stopped by a signal, so its silence means nothing. Exits: `idle`, when it goes on.
    ///
    /// - Parameter speaks: false: it goes on as `off`.
    case paused(speaks: Bool)
    /// It has answered. Exits: `waiting`, with the next heartbeat; `paused`; `off`, when its channel closes.
    case idle(delay: Duration?)
    /// Exits: `idle`, with its answer; `unresponsive`; `paused`; `off`.
    case waiting(number: Int, since: Instant)
    /// Exits: `idle`, with its answer; `paused`; `off`.
    case unresponsive(number: Int, since: Instant)

    /// Takes an answer, and says how long it took; nil if this answer is not awaited.
    mutating func answer(_ number: Int, at now: Instant) -> Duration? {
        switch self {
        case .waiting(number, let since), .unresponsive(number, let since):
            self = .idle(delay: now - since)
            return now - since
        case .off, .paused, .idle, .waiting, .unresponsive:
            return nil
        }
    }

    mutating func beginWaitAnew(at now: Instant) {
        if case .waiting(let number, since: _) = self { self = .waiting(number: number, since: now) }
    }

    /// The heartbeat was not sent.
    mutating func skip(_ number: Int) {
        guard case .waiting(number, since: _) = self else { return }
        self = .idle(delay: nil)
    }

    /// It is online and answers.
    mutating func speak() {
        switch self {
        case .off: self = .idle(delay: nil)
        case .paused: self = .paused(speaks: true)
        case .idle, .waiting, .unresponsive: break
        }
    }

    mutating func pause() {
        switch self {
        case .off: self = .paused(speaks: false)
        case .idle, .waiting, .unresponsive: self = .paused(speaks: true)
        case .paused: break
        }
    }

    mutating func resume() {
        guard case .paused(let speaks) = self else { return }
        self = speaks ? .idle(delay: nil) : .off
    }

    /// How long the loop took to answer last; nil if it has not answered.
    var delay: Duration? {
        if case .idle(let delay) = self { delay } else { nil }
    }

    /// Since when an answer is awaited.
    var silentSince: Instant? {
        switch self {
        case .waiting(_, let since), .unresponsive(_, let since): since
        case .off, .paused, .idle: nil
        }
    }
}
