// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How many connections each client has, over all listeners.
final class ConnectionCensus: Sendable {
    private let counts = Mutex<[ClientAddress: Int]>([:])
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// False if the client has too many already. If true, call ``leave(_:)`` when the connection has closed.
    func enter(_ client: ClientAddress) -> Bool {
        counts.withLock { counts in
            guard counts[client, default: 0] < limit else { return false }
            counts[client, default: 0] += 1
            return true
        }
    }

    func leave(_ client: ClientAddress) {
        counts.withLock { counts in
            let left = counts[client, default: 0] - 1
            counts[client] = left > 0 ? left : nil
        }
    }
}
