// SPDX-License-Identifier: Apache-2.0

import DequeModule
import Shared

/// The workers that went last, so that a caller who comes a moment late still learns how it ended.
struct DepartedWorkers {
    private static let capacity = 2048

    private var infos: [WorkerID: WorkerInfo] = [:]
    private var order: Deque<WorkerID> = []

    subscript(id: WorkerID) -> WorkerInfo? { infos[id] }

    mutating func insert(_ worker: WorkerInfo) {
        if infos.updateValue(worker, forKey: worker.id) == nil { order.append(worker.id) }
        if order.count > Self.capacity { infos[order.removeFirst()] = nil }
    }
}
