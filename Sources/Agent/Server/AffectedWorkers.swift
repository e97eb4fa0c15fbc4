// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// The workers that a command acts on: the route notes them, the audit reads them.
final class AffectedWorkers: Sendable {
    private let state = Mutex<[WorkerID]>([])

    var ids: [WorkerID] { state.withLock { $0 } }

    func note(_ ids: [WorkerID]) {
        state.withLock { $0 = ids }
    }
}
