// SPDX-License-Identifier: Apache-2.0

import Shared

/// A connection on its way: sent to a worker that has not answered yet, so still the primary's.
struct Handover: Hashable, Sendable {
    let connection: ConnectionID
    let handle: HandleID
    let worker: WorkerID
}
