// SPDX-License-Identifier: Apache-2.0

import Shared

/// Which of a queue's members has which clients: of each instance, its newest worker that is not paused and does not hang.
/// Workers that are not supervised have none.
struct StickyMembers {
    private var workers: [Int: WorkerID] = [:]
    private var table = StickyTable([])

    /// - Returns: whether clients have other workers now.
    mutating func update(_ members: [ConnectionQueue.Member]) -> Bool {
        var workers: [Int: WorkerID] = [:]
        // One that rests keeps its clients, which wait for that moment.
        for member in members where member.obstacles.subtracting(.resting).isEmpty {
            guard let instance = member.instance else { continue }
            workers[instance] = max(workers[instance] ?? member.worker, member.worker)
        }
        guard workers != self.workers else { return false }
        self.workers = workers
        table.update(Set(workers.keys))
        return true
    }

    /// Nil if no instance is there.
    func owner(of bucket: Int) -> WorkerID? {
        table.owner(of: bucket).flatMap { workers[$0] }
    }
}
