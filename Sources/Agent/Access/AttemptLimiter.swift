// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Slows down callers that fail, such as one that guesses tokens. Each has a number of failed tries and gets one back
/// after each interval. It costs nothing to callers that succeed.
final class AttemptLimiter<Key: Hashable & Sendable>: Sendable {
    private struct State {
        /// For each key, the moment at which all its tries are back: keys that failed since `turned`, and earlier ones.
        var recent: [Key: Duration] = [:]
        var earlier: [Key: Duration] = [:]
        /// When `recent` began.
        var turned = Duration.zero
        /// Keys that find no room share their tries.
        var others = Duration.zero
    }

    private let tries: Int
    private let interval: Duration
    private let state = Mutex(State())
    private let capacity: Int
    private let elapsed: @Sendable () -> Duration

    /// - Parameter capacity: the number of keys in `recent`. At most twice as many are known in all.
    init(
        tries: Int = 10, interval: Duration = .milliseconds(100), capacity: Int = 10_000, clock: any Clock<Duration>
    ) {
        self.tries = tries
        self.interval = interval
        self.capacity = capacity
        elapsed = clock.stopwatch()
    }

    /// Takes one of the key's tries.
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

    /// Forgets a key once all its tries are back.
    private func forget(in state: inout State, now: Duration) {
        let full = interval * tries
        guard now - state.turned >= full else { return }
        state.earlier = now - state.turned >= full * 2 ? [:] : state.recent
        state.recent = [:]
        state.turned = now
    }
}

extension Clock<Duration> {
    /// A function that returns the time since this call.
    func stopwatch() -> @Sendable () -> Duration {
        let start = now
        return { start.duration(to: now) }
    }
}
