// SPDX-License-Identifier: Apache-2.0

@testable import Cluster

/// One socket, as the harness sees it.
struct HandleModel {
    enum Phase {
        case binding
        case open
        case failed
        case closed
    }

    let query: ServerQuery
    let isAccepting: Bool
    var phase = Phase.binding
    var isPaused = false
    /// The last server that used it was closed by its worker, which gives it up.
    var isClosedByWorkers = false

    init(query: ServerQuery, isAccepting: Bool) {
        self.query = query
        self.isAccepting = isAccepting
    }
}
