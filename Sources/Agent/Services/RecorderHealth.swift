// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How it stands with the history, as the recorder finds it; anyone may ask.
final class RecorderHealth: Sendable {
    private enum Standing {
        /// There is no history; nothing is stored.
        case absent
        /// Exits: `failing`.
        case working
        /// Exits: `working`.
        case failing(reason: String)
    }

    private struct State {
        var standing: Standing
        var lost = 0
    }

    private let state: Mutex<State>

    init(hasHistory: Bool) {
        state = Mutex(State(standing: hasHistory ? .working : .absent))
    }

    /// Nil while the history works.
    var trouble: String? {
        state.withLock { state in
            switch state.standing {
            case .absent: "the history could not be opened; events are not stored"
            case .working: nil
            case .failing(let reason): "\(reason) (events wait; \(state.lost) are lost)"
            }
        }
    }

    var isFailing: Bool {
        state.withLock { state in
            if case .failing = state.standing { true } else { false }
        }
    }

    /// Events that are not in the history and never will be, since the start.
    var lost: Int { state.withLock { $0.lost } }

    func didLose(_ count: Int) {
        state.withLock { $0.lost += count }
    }

    func didFail(_ reason: String) {
        state.withLock { $0.standing = .failing(reason: reason) }
    }

    func didRecover() {
        state.withLock { state in
            if case .failing = state.standing { state.standing = .working }
        }
    }
}
