// SPDX-License-Identifier: Apache-2.0

import Shared

/// Shares out a number of places for watchers.
///
/// If all are taken, the caller with the most watchers loses its newest one, as long as the newcomer has fewer even then.
/// So nobody can keep all others out.
struct WatcherPlaces {
    private let limit: Int
    private var holders: [Int: PresentWatcher] = [:]
    private var counts: [WatcherOwner: Int] = [:]
    private var nextKey = 0

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { holders.count }

    /// In no order.
    var present: [PresentWatcher] { Array(holders.values) }

    /// Takes a place.
    ///
    /// - Returns: its key, and that of the watcher who has to go.
    /// - Throws: `RESOURCE_EXHAUSTED` (`TOO_MANY_WATCHERS`).
    mutating func take(for owner: WatcherOwner) throws(ClusterError) -> (key: Int, displaced: Int?) {
        var displaced: Int?
        if holders.count >= limit {
            guard let key = displaceable(for: owner) else { throw tooMany }
            displaced = key
            leave(key)
        }
        defer { nextKey += 1 }
        holders[nextKey] = PresentWatcher(owner: owner, since: .now)
        counts[owner, default: 0] += 1
        return (nextKey, displaced)
    }

    mutating func leave(_ key: Int) {
        guard let owner = holders.removeValue(forKey: key)?.owner else { return }
        let left = counts[owner, default: 0] - 1
        counts[owner] = left > 0 ? left : nil
    }

    /// The newest watcher of the owner who has the most; nil if the newcomer would then have as many.
    private func displaceable(for newcomer: WatcherOwner) -> Int? {
        guard let most = counts.max(by: { $0.value < $1.value }), most.value > counts[newcomer, default: 0] + 1
        else { return nil }
        return holders.filter { $0.value.owner == most.key }.keys.max()
    }

    private var tooMany: ClusterError {
        ClusterError(
            .resourceExhausted, .tooManyWatchers,
            "\(limit) clients watch already; close one, or read page by page instead", metadata: ["limit": "\(limit)"])
    }
}

/// Watchers of one owner share the owner's places. An owner is a caller at an address; on the unix socket there is no address.
struct WatcherOwner: Hashable, Sendable {
    var principal: String?
    var address: ClientAddress?
}

/// Somebody who has a place.
struct PresentWatcher: Hashable, Sendable {
    let owner: WatcherOwner
    let since: Timestamp
}
