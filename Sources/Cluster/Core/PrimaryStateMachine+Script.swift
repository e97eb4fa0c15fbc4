// SPDX-License-Identifier: Apache-2.0

import Shared

extension PrimaryStateMachine {
    /// Takes the primary script's order for one worker, whose process the script describes itself.
    ///
    /// - Parameter settings: what is shown of the worker.
    /// - Throws: `TOO_MANY_WORKERS`, `SHUTTING_DOWN`
    mutating func orderScriptFork(
        _ settings: ClusterSettings, requestID: String?
    ) throws(ClusterError) -> ForkOrder.ID {
        try checkRoom(count: 1)
        if expectation == nil { intent = .workers }
        return order(1, settings, [:], requestID)
    }
}
