// SPDX-License-Identifier: Apache-2.0

import Shared

/// A worker as it was at one moment, shared by all events of that moment. A ``WorkerInfo`` is large, and a worker may
/// send a hundred thousand messages a second.
final class WorkerSnapshot: Sendable {
    let info: WorkerInfo

    init(_ info: WorkerInfo) {
        self.info = info
    }
}
