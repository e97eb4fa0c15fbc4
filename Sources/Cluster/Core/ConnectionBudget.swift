// SPDX-License-Identifier: Apache-2.0

/// How many accepted connections all handles keep together until workers have them. Each holds a descriptor, and a worker
/// that answers nothing must not take those that the others need.
struct ConnectionBudget {
    let limit: Int
    private(set) var kept = 0
    /// Few are left, so each handle keeps to its share. Ends well below the limit, so that it does not change all the time.
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

    /// How many each of so many handles may keep; nil if only the handle's own capacity counts.
    func share(of handles: Int) -> Int? {
        isScarce ? max(1, limit / max(1, handles)) : nil
    }
}
