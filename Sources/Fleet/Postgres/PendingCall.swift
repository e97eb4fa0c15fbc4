// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A call whose caller waits, until the thread has a result or somebody gives it up, whichever comes first.
final class PendingCall<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, PostgresError>

    private enum State {
        /// Exits: `waiting`, `over`.
        case new
        /// Exits: `over`.
        case waiting(CheckedContinuation<Outcome, Never>)
        /// It was given up before anybody waited. Exits: `over`.
        case ended(Outcome)
        case over
    }

    private let state = Mutex(State.new)

    /// Whether nobody wants the result any more.
    var isOver: Bool {
        state.withLock { state in
            if case .over = state { true } else { false }
        }
    }

    func begin(_ continuation: CheckedContinuation<Outcome, Never>) {
        let outcome: Outcome? = state.withLock { state in
            if case .ended(let outcome) = state {
                state = .over
                return outcome
            }
            state = .waiting(continuation)
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    /// The first outcome counts.
    func end(_ outcome: Outcome) {
        let continuation: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .waiting(let continuation):
                state = .over
                return continuation
            case .new:
                state = .ended(outcome)
                return nil
            case .ended, .over: return nil
            }
        }
        continuation?.resume(returning: outcome)
    }
}

/// How to give up each call that waits.
struct PendingCalls {
    private var ends: [Int: @Sendable () -> Void] = [:]
    private var next = 0

    var all: [@Sendable () -> Void] { Array(ends.values) }

    mutating func add(_ end: @escaping @Sendable () -> Void) -> Int {
        next += 1
        ends[next] = end
        return next
    }

    mutating func remove(_ number: Int) { ends[number] = nil }
}
