// SPDX-License-Identifier: Apache-2.0

import History
import Shared
import Synchronization

@testable import Agent

/// A store that does what a test tells it.
final class ScriptedStore: EventStore {
    enum Answer {
        /// Stores.
        case store
        /// As a full disk does.
        case fail
        /// Stores what `EventType.command` is not among, and refuses the rest for ever.
        case refuseCommands
        /// Does not answer before ``release()``.
        case hang
    }

    private struct State {
        var answer: Answer
        var batches: [[Event]] = []
        var hanging: [CheckedContinuation<Void, Never>] = []
        var attempts: Int64 = 0
    }

    private let state: Mutex<State>
    /// Yields the number of each attempt when it begins.
    let attempts: AsyncStream<Int64>
    private let attempt: AsyncStream<Int64>.Continuation

    init(_ answer: Answer = .store) {
        state = Mutex(State(answer: answer))
        (attempts, attempt) = AsyncStream.makeStream()
    }

    var batches: [[Event]] { state.withLock { $0.batches } }
    var stored: [Event] { batches.flatMap(\.self) }

    func answer(_ answer: Answer) {
        state.withLock { $0.answer = answer }
    }

    func release() {
        let hanging = state.withLock { state in
            state.answer = .store
            defer { state.hanging = [] }
            return state.hanging
        }
        for continuation in hanging { continuation.resume() }
    }

    func store(_ entries: [HistoryEntry]) async throws -> [Int64] {
        let answer = state.withLock { state in
            state.attempts += 1
            attempt.yield(state.attempts)
            return state.answer
        }
        switch answer {
        case .store: break
        case .fail: throw ClusterError(.unavailable, .historyUnavailable, "the disk is full")
        case .refuseCommands:
            if entries.contains(where: { $0.event.type == .command }) {
                throw ClusterError(.internal, .internalError, "an entry breaks a rule")
            }
        case .hang:
            await withCheckedContinuation { continuation in
                state.withLock { $0.hanging.append(continuation) }
            }
        }
        return state.withLock { state in
            let first = state.batches.reduce(1) { $0 + $1.count }
            state.batches.append(entries.map(\.event))
            return entries.indices.map { Int64(first + $0) }
        }
    }
}
