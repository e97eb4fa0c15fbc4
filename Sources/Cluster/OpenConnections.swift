// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Counts open connections and tells when there are fewer.
final class OpenConnections: Sendable {
    private struct State {
        var count = 0
        /// Callers that wait until fewer than `limit` are open.
        var waiters: [(limit: Int, body: @Sendable () -> Void)] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    /// One more, until the lease ends.
    func lease() -> ConnectionLease {
        state.withLock { $0.count += 1 }
        return ConnectionLease(of: self)
    }

    /// Calls `body` once, when nothing is open: now, or from any thread later.
    func whenEmpty(_ body: @escaping @Sendable () -> Void) {
        whenBelow(1, body)
    }

    /// Calls `body` once, when fewer than `limit` are open: now, or from any thread later.
    func whenBelow(_ limit: Int, _ body: @escaping @Sendable () -> Void) {
        let isBelow = state.withLock { state in
            if state.count >= limit { state.waiters.append((limit, body)) }
            return state.count < limit
        }
        if isBelow { body() }
    }

    fileprivate func didEnd() {
        let released = state.withLock { state in
            state.count -= 1
            let count = state.count
            let released = state.waiters.filter { count < $0.limit }
            if !released.isEmpty { state.waiters.removeAll { count < $0.limit } }
            return released
        }
        for waiter in released { waiter.body() }
    }
}

/// Says that a connection is still open. A worker that leaves waits for the end of all of them.
public final class ConnectionLease: Sendable {
    private let connections: Mutex<OpenConnections?>

    fileprivate init(of connections: OpenConnections) {
        self.connections = Mutex(connections)
    }

    deinit {
        end()
    }

    /// The connection is closed. Once more changes nothing.
    public func end() {
        let counted = connections.withLock { connections in
            defer { connections = nil }
            return connections
        }
        counted?.didEnd()
    }
}
