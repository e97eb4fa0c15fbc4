// SPDX-License-Identifier: Apache-2.0

import Shared

extension ClusterOperations {
    /// Gives a worker no new connections.
    func pause(_ id: WorkerID) async throws(ClusterError) -> WorkerInfo {
        await directory.shown([try await primary.pause(id)])[0]
    }

    /// Gives a worker new connections again.
    func resume(_ id: WorkerID) async throws(ClusterError) -> WorkerInfo {
        await directory.shown([try await primary.resume(id)])[0]
    }
}
