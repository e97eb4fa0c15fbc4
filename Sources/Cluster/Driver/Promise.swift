// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A value that comes later, for one task that waits for it and may be cancelled meanwhile.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        /// Exits: `awaited`, `kept`.
        case open
        /// Exits: `taken`.
        case awaited(CheckedContinuation<Value?, Never>)
        /// Exits: `taken`.
        case kept(Value)
        /// The task has the value, or was cancelled.
        case taken
    }

    private let state = Mutex(State.open)

    /// Keeps the promise. Once more, or after the wait was cancelled, changes nothing.
    func keep(_ value: Value) {
        let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            switch state {
            case .open: state = .kept(value)
            case .awaited(let waiter):
                state = .taken
                return waiter
            case .kept, .taken: break
            }
            return nil
        }
        waiter?.resume(returning: value)
    }

    /// The value; nil if the task is cancelled before it is there.
    func value() async -> Value? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let value = state.withLock { state -> Value?? in
                    switch state {
                    case .kept(let value):
                        state = .taken
                        return value
                    case .open where !Task.isCancelled:
                        state = .awaited(waiter)
                        return nil
                    case .open, .awaited, .taken: return .some(nil)
                    }
                }
                if let value { waiter.resume(returning: value) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
                guard case .awaited(let waiter) = state else { return nil }
                state = .taken
                return waiter
            }
            waiter?.resume(returning: nil)
        }
    }
}
