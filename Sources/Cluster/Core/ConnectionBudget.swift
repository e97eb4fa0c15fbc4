// SPDX-License-Identifier: Apache-2.0

/// Limits the accepted connections that wait for workers, over all handles. Each of them holds a descriptor. A worker
/// that does not answer must not use up the descriptors that others need.
struct ConnectionBudget {
    let limit: Int
    private(set) var kept = 0
    /// Few descriptors are left, so each handle keeps to its share. This ends well below the limit, so that it does not
    /// change all the time.
    private(set) var isScarce = false

    init(limit: Int = .max) {
        self.limit = limit
    }

    /// - Returns: whether few are left from now on.
    mutating func didAccept() -> Bool {
        kept += 1
        guard !isScarce, kept >= limit else { return false }
        isScarce = true
        return true
    }

    /// - Returns: whether there is enough again.
    mutating func didClose() -> Bool {
        kept -= 1
        guard isScarce, kept < limit - limit / 4 else { return false }
        isScarce = false
        return true
    }

    /// The limit for each of `handles` handles. Nil if only the handle's own capacity counts.
    func share(of handles: Int) -> Int? { isScarce ? part(of: handles) : nil }

    /// What each of `handles` handles may keep while few descriptors are left.
    func part(of handles: Int) -> Int { max(1, limit / max(1, handles)) }
}
