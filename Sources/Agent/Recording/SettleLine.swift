// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How far the recorder has come, and who waits for it to get further.
final class SettleLine: Sendable {
    private struct Waiter {
        let number: UInt64
        /// Nil until the waiting task is suspended. A task that is released before that does not wait at all.
        var continuation: CheckedContinuation<Void, Never>?
    }

    private struct State {
        var number: UInt64 = 0
        /// False if waiting cannot help.
        var isMoving = true
        var nextKey = 0
        var waiters: [Int: Waiter] = [:]
    }

    private let state = Mutex(State())

    /// Returns when the line is at `number`, when it stops, when the task is cancelled, or after `limit`.
    func wait(for number: UInt64, atMost limit: Duration, clock: any Clock<Duration>) async {
        guard let key = enter(number) else { return }
        let timer = Task {
            try? await clock.sleep(for: limit)
            release(key)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    guard state.waiters[key] != nil else { return false }
                    state.waiters[key]?.continuation = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            release(key)
        }
        timer.cancel()
    }

    func hasReached(_ number: UInt64) -> Bool {
        state.withLock { $0.number >= number }
    }

    func advance(to number: UInt64) {
        release { state in
            state.number = max(state.number, number)
            return state.waiters.filter { $0.value.number <= state.number }.map(\.key)
        }
    }

    /// Releases all who wait, and lets nobody wait until ``restart()``.
    func stop() {
        release { state in
            state.isMoving = false
            return Array(state.waiters.keys)
        }
    }

    func restart() {
        state.withLock { $0.isMoving = true }
    }

    /// Nil if there is nothing to wait for.
    private func enter(_ number: UInt64) -> Int? {
        state.withLock { state in
            guard state.isMoving, state.number < number else { return nil }
            let key = state.nextKey
            state.nextKey += 1
            state.waiters[key] = Waiter(number: number)
            return key
        }
    }

    private func release(_ key: Int) {
        release { _ in [key] }
    }

    private func release(_ choose: (inout State) -> [Int]) {
        let released = state.withLock { state in
            choose(&state).compactMap { state.waiters.removeValue(forKey: $0)?.continuation }
        }
        for continuation in released { continuation.resume() }
    }
}
