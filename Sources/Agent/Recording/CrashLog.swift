// SPDX-License-Identifier: Apache-2.0

import History
import Logging
import Shared

/// Logs that a worker failed before it listened, which is typical of a program that cannot start.
struct CrashLog: Sendable {
    let logger: Logger

    /// Logs the item if it is the end of such a worker.
    func note(_ item: RecorderItem) {
        guard case .stored(let entry) = item.content, entry.event.type == .exit, let worker = entry.worker,
            let exit = worker.exit, Self.isCrashAtStart(worker)
        else { return }
        logger.warning(
            "a worker ended by itself before it listened",
            metadata: ["worker": "\(worker.id)", "end": "\(exit.inWords)"])
    }

    private static func isCrashAtStart(_ worker: WorkerInfo) -> Bool {
        guard let exit = worker.exit, worker.listeningAt == nil, exit.requestId == nil else { return false }
        switch exit.reason {
        case .exited: return exit.code != 0
        case .signaled: return true
        case .disconnected, .agentStopped, .agentLost, .spawnFailed: return false
        }
    }
}
