// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Synchronization

/// Connections that wait until the worker's program takes them. The caller of `append` keeps to the bound.
final class ConnectionBuffer: Sendable {
    private struct State {
        var waiting: Deque<Connection> = []
        var takers: [Int: CheckedContinuation<Connection?, Never>] = [:]
        var nextTaker = 0
        var isFinished = false
        /// Whether somebody waits for room.
        var onRoom: (@Sendable () -> Void)?
    }

    let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var hasRoom: Bool { state.withLock { $0.waiting.count < capacity } }

    func append(_ connection: Connection) {
        let taker = state.withLock { state -> CheckedContinuation<Connection?, Never>? in
            if let first = state.takers.keys.min() { return state.takers.removeValue(forKey: first) }
            state.waiting.append(connection)
            return nil
        }
        taker?.resume(returning: connection)
    }

    /// Calls `body` once, from any thread, when half of the room is free.
    func whenHasRoom(_ body: @escaping @Sendable () -> Void) {
        let hasRoom = state.withLock { state in
            let hasRoom = state.waiting.count <= capacity / 2
            state.onRoom = hasRoom ? nil : body
            return hasRoom
        }
        if hasRoom { body() }
    }

    /// Connections that wait can still be taken.
    func finish() {
        let takers = state.withLock { state in
            state.isFinished = true
            defer { state.takers = [:] }
            return state.takers.values
        }
        for taker in takers { taker.resume(returning: nil) }
    }

    /// The oldest connection; nil once there will be none, or if the task is cancelled.
    func next() async -> Connection? {
        let ticket = state.withLock { state in
            defer { state.nextTaker += 1 }
            return state.nextTaker
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                take(ticket, continuation)
            }
        } onCancel: {
            state.withLock { $0.takers.removeValue(forKey: ticket) }?.resume(returning: nil)
        }
    }

    private func take(_ ticket: Int, _ continuation: CheckedContinuation<Connection?, Never>) {
        enum Outcome {
            case connection(Connection?, (@Sendable () -> Void)?)
            case waits
        }
        let outcome = state.withLock { state -> Outcome in
            if let connection = state.waiting.popFirst() {
                guard state.waiting.count <= capacity / 2 else { return .connection(connection, nil) }
                defer { state.onRoom = nil }
                return .connection(connection, state.onRoom)
            }
            guard !state.isFinished, !Task.isCancelled else { return .connection(nil, nil) }
            state.takers[ticket] = continuation
            return .waits
        }
        if case .connection(let connection, let onRoom) = outcome {
            continuation.resume(returning: connection)
            onRoom?()
        }
    }
}
