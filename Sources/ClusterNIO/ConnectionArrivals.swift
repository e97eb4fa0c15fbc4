// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The connections that a server channel has got and that are not yet at the end of its pipeline. If the server ended
/// first, they would never be served, so the end of a server waits for them.
final class ConnectionArrivals: Sendable {
    private struct State {
        /// Connections that have no channel yet.
        var expected = 0
        var underWay: Set<ObjectIdentifier> = []
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        var isWaiting: Bool { !hasEnded && (expected > 0 || !underWay.isEmpty) }
    }

    private let state = Mutex(State())

    /// Another connection is coming. It may fail to start.
    func expect() {
        change { $0.expected += 1 }
    }

    func didNotSetOut() {
        change { $0.expected -= 1 }
    }

    func didSetOut(_ channel: ObjectIdentifier) {
        change { state in
            state.expected -= 1
            state.underWay.insert(channel)
        }
    }

    /// The connection came to the end of the pipeline, or never will. A second call changes nothing.
    func didArrive(_ channel: ObjectIdentifier) {
        change { $0.underWay.remove(channel) }
    }

    /// The server is closed, so connections on their way will not arrive.
    func end() {
        change { $0.hasEnded = true }
    }

    /// Returns when all have arrived.
    func wait() async {
        await withCheckedContinuation { continuation in
            change { $0.waiters.append(continuation) }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            body(&state)
            guard !state.isWaiting else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
