// SPDX-License-Identifier: Apache-2.0

import Shared

/// Processes of a worker's session that have outlived the worker. They got SIGTERM. Nothing reports their end, so we
/// check from time to time.
struct SessionRemains {
    typealias Instant = ContinuousClock.Instant

    /// How long they have if nobody gave them time. It is short, because a worker that crashed is soon replaced and its
    /// port is needed again.
    static let patience = Duration.seconds(2)
    private static let firstLook = Duration.milliseconds(10)
    private static let longestInterval = Duration.milliseconds(100)

    enum Step {
        case look
        case kill
        /// They hang in the kernel, or another process has to reap them.
        case giveUp
    }

    private(set) var killAt: Instant
    private(set) var nextAt: Instant
    private var interval = Self.firstLook
    private var wasKilled: Bool

    /// - Parameter isKilled: they got SIGKILL with the worker.
    init(from now: Instant, killAt: Instant, isKilled: Bool) {
        self.killAt = isKilled ? now : killAt
        wasKilled = isKilled
        nextAt = now + Self.firstLook
    }

    mutating func hurry(killAt: Instant) {
        guard killAt < self.killAt else { return }
        self.killAt = killAt
        nextAt = min(nextAt, killAt)
    }

    /// The step that is due by now. Nil if none is.
    mutating func takeStep(now: Instant) -> Step? {
        guard nextAt <= now else { return nil }
        interval = min(interval * 2, Self.longestInterval)
        nextAt = now + interval
        if now >= killAt + PrimaryStateMachine.killingTime { return .giveUp }
        if now >= killAt, !wasKilled {
            wasKilled = true
            return .kill
        }
        if !wasKilled { nextAt = min(nextAt, killAt) }
        return .look
    }
}
