// SPDX-License-Identifier: Apache-2.0

import Contract
import Synchronization

/// What the log and the metrics learn about a request while it is served.
final class RequestNotes: Sendable {
    private struct State {
        var endpoint: Endpoint?
        var principal: Principal?
    }

    private let state = Mutex(State())

    /// The call. Nil if the request is for none.
    var endpoint: Endpoint? {
        get { state.withLock { $0.endpoint } }
        set { state.withLock { $0.endpoint = newValue } }
    }

    /// The caller. Nil if it was not asked for or is unknown.
    var principal: Principal? {
        get { state.withLock { $0.principal } }
        set { state.withLock { $0.principal = newValue } }
    }
}
