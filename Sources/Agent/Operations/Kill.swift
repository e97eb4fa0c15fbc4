// SPDX-License-Identifier: Apache-2.0

import Cluster
import Contract
import Shared

extension ClusterOperations {
    /// Sends a worker's process a signal, by default SIGTERM. If the worker is gone already, the answer is what is
    /// known of it.
    func kill(_ id: WorkerID, _ request: KillRequest, for command: Command) async throws -> WorkerInfo {
        let deadline = try Deadline(timeoutMs: request.timeoutMs, clock: clock)
        let worker = try await unlessGone(id) { () async throws(ClusterError) in
            try await primary.kill(id, signal: request.signal ?? .terminate, requestID: command.cause)
        }
        return try await wait(for: worker, until: request.wait == true ? .exited : nil, deadline)
    }
}
