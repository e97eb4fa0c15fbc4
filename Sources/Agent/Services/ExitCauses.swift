// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// What the agent knows of why a worker ended and the primary does not: who gave the command, and that the agent stops.
final class ExitCauses: Sendable {
    /// Commands of which the caller is remembered; of twice as many at most. Those of before are in the history.
    private static let capacity = 10_000

    private struct State {
        /// The newest, and those before them, so that forgetting the oldest costs nothing.
        var principals: [String: String] = [:]
        var olderPrincipals: [String: String] = [:]
        var isStopping = false
    }

    private let state = Mutex(State())

    /// To be called before the command does anything.
    func willRun(_ requestID: String, for principal: String) {
        state.withLock { state in
            if state.principals.count >= Self.capacity {
                state.olderPrincipals = state.principals
                state.principals = [:]
            }
            state.principals[requestID] = principal
        }
    }

    /// From here on the workers go because the agent does.
    func agentStops() {
        state.withLock { $0.isStopping = true }
    }

    /// The worker, and of its end what the primary does not know.
    func completed(_ worker: WorkerInfo) -> WorkerInfo {
        var completed = worker
        completed.exit = worker.exit.map { self.completed($0, of: worker) }
        return completed
    }

    /// - Parameter worker: right after its end, as the primary knows it.
    func completed(_ exit: ExitReport, of worker: WorkerInfo) -> ExitReport {
        state.withLock { state in
            var exit = exit
            exit.principal = exit.requestId.flatMap { state.principals[$0] ?? state.olderPrincipals[$0] }
            if state.isStopping, exit.requestId == nil, exit.reason != .spawnFailed,
                worker.exitedAfterDisconnect == true || exit.signal == .kill
            {
                exit.reason = .agentStopped
            }
            return exit
        }
    }
}
