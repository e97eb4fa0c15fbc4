// SPDX-License-Identifier: Apache-2.0

/// Sockets of the primary's servers that the primary's program gave away, by the key under which it asks for them (Node
/// `lib/internal/socket_list.js`).
struct TrackedSockets {
    private var open: [String: OpenConnections] = [:]

    /// One more, until the lease ends.
    mutating func lease(_ key: String) -> ConnectionLease {
        let counted = open[key] ?? OpenConnections()
        open[key] = counted
        return counted.lease()
    }

    func count(_ key: String) -> Int { open[key]?.count ?? 0 }

    /// Calls `body` once, when all are closed: now, or from any thread later.
    func whenClosed(_ key: String, _ body: @escaping @Sendable () -> Void) {
        guard let counted = open[key] else { return body() }
        counted.whenEmpty(body)
    }

    mutating func forget(_ key: String) {
        open[key] = nil
    }
}
