// SPDX-License-Identifier: Apache-2.0

import Contract
import Synchronization

/// What turns out while a request is served, for the log and the metrics.
final class RequestNotes: Sendable {
    private struct State {
        var endpoint: Endpoint?
        var principal: Principal?
    }

    private let state = Mutex(State())

    /// The call that is served; nil where it came to none.
    var endpoint: Endpoint? {
        get { state.withLock { $0.endpoint } }
        set { state.withLock { $0.endpoint = newValue } }
    }

    /// Who calls; nil where that was not asked or not found out.
    var principal: Principal? {
        get { state.withLock { $0.principal } }
        set { state.withLock { $0.principal = newValue } }
    }
}
