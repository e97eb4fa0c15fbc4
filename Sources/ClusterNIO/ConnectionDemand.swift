// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whether a server channel wants one more connection. The channel's event loop says it, and a task waits for it.
final class ConnectionDemand: Sendable {
    private enum State {
        /// Exits: `wanted`, `awaited`, `ended`.
        case idle
        /// Exits: `idle`, `ended`.
        case wanted
        /// Exits: `idle`, `ended`.
        case awaited(CheckedContinuation<Bool, Never>)
        case ended
    }

    private let state = Mutex(State.idle)

    /// One more is wanted. Saying it again before a task has heard it changes nothing.
    func signal() {
        change(to: .wanted, answer: true)
    }

    /// No more are wanted, ever.
    func end() {
        change(to: .ended, answer: false)
    }

    /// Waits until one more is wanted. False if none ever will be.
    func wait() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Bool? in
                switch state {
                case .idle, .awaited:
                    state = .awaited(continuation)
                    return nil
                case .wanted:
                    state = .idle
                    return true
                case .ended: return false
                }
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func change(to next: State, answer: Bool) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            switch (state, next) {
            case (.ended, _): return nil
            case (.awaited(let waiter), .ended):
                state = .ended
                return waiter
            case (.awaited(let waiter), _):
                state = .idle
                return waiter
            default:
                state = next
                return nil
            }
        }
        waiter?.resume(returning: answer)
    }
}
