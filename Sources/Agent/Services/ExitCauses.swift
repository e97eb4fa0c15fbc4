// SPDX-License-Identifier: Apache-2.0

import Shared
import Synchronization

/// What the agent knows of why a worker ended and the primary does not: who gave the command.
final class ExitCauses: Sendable {
    /// Commands of which the caller is remembered; of twice as many at most. Those of before are in the history.
    private static let capacity = 10_000

    private struct State {
        /// The newest, and those before them, so that forgetting the oldest costs nothing.
        var principals: [String: String] = [:]
        var olderPrincipals: [String: String] = [:]
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

    /// The worker, and of its end what the primary does not know.
    func completed(_ worker: WorkerInfo) -> WorkerInfo {
        var completed = worker
        completed.exit = worker.exit.map(self.completed)
        return completed
    }

    private func completed(_ exit: ExitReport) -> ExitReport {
        state.withLock { state in
            var exit = exit
            exit.principal = exit.requestId.flatMap { state.principals[$0] ?? state.olderPrincipals[$0] }
            return exit
        }
    }
}
