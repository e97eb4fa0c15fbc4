// SPDX-License-Identifier: Apache-2.0

import Shared

/// Which of a queue's members has which clients: of each instance, its newest worker without an obstacle. Workers that are not
/// supervised have none.
struct StickyMembers {
    private var workers: [Int: WorkerID] = [:]
    private var table = StickyTable([])

    mutating func update(_ members: [ConnectionQueue.Member]) {
        var workers: [Int: WorkerID] = [:]
        for member in members where member.obstacles.isEmpty {
            guard let instance = member.instance else { continue }
            workers[instance] = max(workers[instance] ?? member.worker, member.worker)
        }
        self.workers = workers
        table.update(Set(workers.keys))
    }

    /// Nil if no instance is there.
    func owner(of bucket: Int) -> WorkerID? {
        table.owner(of: bucket).flatMap { workers[$0] }
    }
}
