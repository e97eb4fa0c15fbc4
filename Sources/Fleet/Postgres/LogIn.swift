// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// When a connection may log in again after it could not.
final class LogIn: Sendable {
    private struct State {
        var backoff = ReconnectBackoff()
        /// Until then, each attempt fails as the last one did.
        var pause: (until: ContinuousClock.Instant, error: PostgresError)?
    }

    /// Whether attempts that come too soon fail. Otherwise the caller waits by itself.
    private let pauses: Bool
    private let state = Mutex(State())
    private let start = ContinuousClock.now

    /// - Parameter pauses: many callers together then do not log in more often than one.
    init(pauses: Bool) {
        self.pauses = pauses
    }

    func attempt<Result>(_ body: () throws(PostgresError) -> Result) throws(PostgresError) -> Result {
        if pauses, let pause = state.withLock({ $0.pause }), .now < pause.until { throw pause.error }
        do {
            let result = try body()
            state.withLock { state in
                state.pause = nil
                state.backoff.didConnect(at: .now - start)
            }
            return result
        } catch {
            state.withLock { state in
                let pause = state.backoff.didFail(at: .now - start, random: .random(in: 0...1))
                state.pause = (.now + pause, error)
            }
            throw error
        }
    }
}
