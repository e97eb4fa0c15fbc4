// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Whether what workers print can be stored, as the writer finds it. Any thread may ask.
final class LogHealth: Sendable {
    private struct State {
        var failure: String?
        var stored = 0
        var lost = 0
    }

    private let state = Mutex(State())

    var failure: String? { state.withLock { $0.failure } }
    var stored: Int { state.withLock { $0.stored } }
    var lost: Int { state.withLock { $0.lost } }

    func didStore(_ lines: Int) {
        state.withLock { $0.stored += lines }
    }

    func didLose(_ lines: Int) {
        state.withLock { $0.lost += lines }
    }

    /// - Returns: false if it was known before.
    func didFail(_ reason: String) -> Bool {
        state.withLock { state in
            defer { state.failure = reason }
            return state.failure == nil
        }
    }

    /// - Returns: false if nothing was wrong.
    func didWork() -> Bool {
        state.withLock { state in
            defer { state.failure = nil }
            return state.failure != nil
        }
    }
}
