// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Slows down who guesses tokens: an address has ten failed tries, and gets one back every 100 ms. Those who fail pay:
/// other addresses notice nothing, and neither does who has a valid token at the same one.
final class AttemptLimiter: Sendable {
    private struct State {
        /// When each address will have all its tries again.
        var restored: [ClientAddress: Duration] = [:]
    }

    private static let tries = 10
    private static let interval: Duration = .milliseconds(100)

    private let state = Mutex(State())
    private let capacity: Int
    private let elapsed: @Sendable () -> Duration

    /// - Parameter capacity: how many addresses it keeps in mind.
    init(capacity: Int = 10_000, clock: any Clock<Duration>) {
        self.capacity = capacity
        elapsed = Self.stopwatch(clock)
    }

    /// Takes one of the address' tries.
    /// - Returns: false where it has none left.
    func mayFail(_ address: ClientAddress) -> Bool {
        let now = elapsed()
        return state.withLock { state in
            let restored = max(state.restored[address] ?? now, now)
            guard restored - now <= Self.interval * (Self.tries - 1) else { return false }
            if state.restored.count >= capacity { Self.forget(in: &state, now: now) }
            state.restored[address] = restored + Self.interval
            return true
        }
    }

    /// Those who have all their tries need no place; where that does not help, all begin anew.
    private static func forget(in state: inout State, now: Duration) {
        let count = state.restored.count
        state.restored = state.restored.filter { $0.value > now }
        if state.restored.count == count { state.restored = [:] }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
