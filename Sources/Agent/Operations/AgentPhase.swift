// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The agent's phase between start and end.
final class AgentPhase: Sendable {
    enum Phase: Sendable {
        /// Listens, but has not forked its first workers. Exits: `ready`, `stopping`.
        case starting
        /// Exits: `stopping`.
        case ready
        /// Refuses commands and ends its workers. No exit.
        case stopping
    }

    private let state = Mutex(Phase.starting)

    var current: Phase { state.withLock { $0 } }

    func didStart() {
        state.withLock { if $0 == .starting { $0 = .ready } }
    }

    func didBeginToStop() {
        state.withLock { $0 = .stopping }
    }
}
