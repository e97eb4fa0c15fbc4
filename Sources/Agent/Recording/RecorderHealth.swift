// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The state of the history as the recorder sees it. Anyone may ask.
final class RecorderHealth: Sendable {
    private enum Standing {
        /// Exits: `slow`, `failing`.
        case working
        /// A write takes long but may still succeed. Exits: `working`, `failing`.
        case slow
        /// Exits: `working`.
        case failing(reason: String)
    }

    private struct State {
        var standing = Standing.working
        var lost = 0
        var lostMessages = 0
        var waiting = 0
        /// How many writes have begun.
        var writes: UInt64 = 0
        var isWriting = false
    }

    private let state = Mutex(State())

    /// Nil while the history works.
    var trouble: String? {
        state.withLock { state in
            switch state.standing {
            case .working: nil
            case .slow: "the history's disk is slow; events wait"
            case .failing(let reason): "\(reason) (events wait; \(state.lost) are lost)"
            }
        }
    }

    /// Why the last write failed. Nil if it succeeded.
    var failure: String? {
        state.withLock { state in
            if case .failing(let reason) = state.standing { reason } else { nil }
        }
    }

    /// How many events since the start are not in the history and never will be.
    var lost: Int { state.withLock { $0.lost } }

    /// Events that the writer has taken but not yet stored.
    var waiting: Int {
        get { state.withLock { $0.waiting } }
        set { state.withLock { $0.waiting = newValue } }
    }

    /// How many messages since the start should have been published and never will be.
    var lostMessages: Int { state.withLock { $0.lostMessages } }

    func didLoseMessages(_ count: Int) {
        state.withLock { $0.lostMessages += count }
    }

    func didLose(_ count: Int) {
        state.withLock { $0.lost += count }
    }

    func didFail(_ reason: String) {
        state.withLock { $0.standing = .failing(reason: reason) }
    }

    func beginWrite() {
        state.withLock { state in
            state.writes += 1
            state.isWriting = true
        }
    }

    func endWrite() {
        state.withLock { $0.isWriting = false }
    }

    /// The number of the write that is under way. Nil if none is.
    var currentWrite: UInt64? {
        state.withLock { $0.isWriting ? $0.writes : nil }
    }

    /// - Returns: false if it was known already.
    func didTakeLong() -> Bool {
        state.withLock { state in
            guard case .working = state.standing else { return false }
            state.standing = .slow
            return true
        }
    }

    func didWork() {
        state.withLock { $0.standing = .working }
    }
}
