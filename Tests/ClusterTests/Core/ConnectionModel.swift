// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Cluster

/// One accepted connection, as the harness sees it.
struct ConnectionModel {
    enum Place: Hashable {
        /// In the primary, which does not know its client yet.
        case unread
        /// In the primary, for any worker.
        case waiting
        /// Sent and not answered.
        case inFlight(WorkerID)
        /// A worker has said that it serves it; the primary's copy is to be closed.
        case accepted
        case closed
    }

    let handle: HandleID
    var place = Place.waiting
}
