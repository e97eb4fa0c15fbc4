// SPDX-License-Identifier: Apache-2.0

import LinuxIO
import Logging

/// Keeps the workers' guard alive: starts it for the first worker, and another one if somebody kills it.
final class GuardKeeper {
    /// The shortest time between two guards.
    private static let pause: Duration = .milliseconds(100)

    private let grace: Duration
    private unowned let driver: Driver
    /// Nil before the first worker, and after its own end until there is another.
    private var orphanGuard: OrphanGuard?
    private var startedAt = ContinuousClock.now

    init(driver: Driver, grace: Duration) {
        self.driver = driver
        self.grace = grace
    }

    /// The guard, started if there is none.
    func require() throws(IOError) -> OrphanGuard {
        if let orphanGuard { return orphanGuard }
        let new = try OrphanGuard(grace: grace)
        try new.whenEnded(on: driver.loop) { [weak self] in self?.didLose() }
        for port in driver.ports.values { port.enroll(with: new) }
        orphanGuard = new
        startedAt = .now
        return new
    }

    /// Ends the guard, because no worker is left.
    func end() {
        orphanGuard?.end()
        orphanGuard = nil
    }

    /// Somebody has killed it, or it could not live.
    private func didLose() {
        orphanGuard = nil
        if startedAt.duration(to: .now) > Self.pause { return replace() }
        driver.loop.schedule(after: Self.pause) { [weak self] in self?.replace() }
    }

    private func replace() {
        guard orphanGuard == nil, !driver.ports.isEmpty else { return }
        do {
            _ = try require()
            driver.logger.notice("the workers' guard was killed; there is another")
        } catch {
            // The next fork tries again.
            driver.logger.notice(
                "the workers' guard was killed, and no other can be started", metadata: ["error": "\(error)"])
        }
    }
}
