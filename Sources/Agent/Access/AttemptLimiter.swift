// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Slows down those who fail, such as one who guesses tokens: each has some failed tries, and gets one back after each
/// interval. Those who fail pay: others notice nothing, and neither does one who succeeds.
final class AttemptLimiter<Key: Hashable & Sendable>: Sendable {
    private struct State {
        /// When each will have all its tries again, for those who failed since `turned`, and for those before them.
        var recent: [Key: Duration] = [:]
        var earlier: [Key: Duration] = [:]
        /// When those of `recent` began.
        var turned = Duration.zero
        /// Those for whom there is no room share their tries.
        var others = Duration.zero
    }

    private let tries: Int
    private let interval: Duration
    private let state = Mutex(State())
    private let capacity: Int
    private let elapsed: @Sendable () -> Duration

    /// - Parameter capacity: how many it knows one by one, and of twice as many at most.
    init(
        tries: Int = 10, interval: Duration = .milliseconds(100), capacity: Int = 10_000, clock: any Clock<Duration>
    ) {
        self.tries = tries
        self.interval = interval
        self.capacity = capacity
        elapsed = clock.stopwatch()
    }

    /// Takes one of its tries.
    /// - Returns: false if it has none left.
    func mayFail(_ key: Key) -> Bool {
        let now = elapsed()
        return state.withLock { state in
            forget(in: &state, now: now)
            let known = state.recent[key] ?? state.earlier[key]
            let isOther = state.recent[key] == nil && state.recent.count >= capacity
            let restored = max((isOther ? state.others : known) ?? now, now)
            guard restored - now <= interval * (tries - 1) else { return false }
            if isOther { state.others = restored + interval } else { state.recent[key] = restored + interval }
            return true
        }
    }

    /// After so long all tries are back, and nothing need be known any more.
    private func forget(in state: inout State, now: Duration) {
        let full = interval * tries
        guard now - state.turned >= full else { return }
        state.earlier = now - state.turned >= full * 2 ? [:] : state.recent
        state.recent = [:]
        state.turned = now
    }
}

extension Clock<Duration> {
    /// Tells how long ago it was made.
    func stopwatch() -> @Sendable () -> Duration {
        let start = now
        return { start.duration(to: now) }
    }
}
