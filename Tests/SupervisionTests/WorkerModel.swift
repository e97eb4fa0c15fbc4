// SPDX-License-Identifier: Apache-2.0

import Shared

@testable import Supervision

/// What the harness knows of one worker.
struct WorkerModel {
    let instance: Int
    let revision: RevisionID
    var isAlive = true
    var leaving: (ladder: DrainLadder, because: SupervisorCause)?
    var heartbeat: Int?
    var isConnected = true
    /// Whether it has said so, by its setting.
    var isReady = false
    let readiness: Readiness

    mutating func sign(_ sign: ReadySign) {
        guard isConnected else { return }
        isReady = isReady || sign == (readiness == .online ? .online : .listening)
    }
}
